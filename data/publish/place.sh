# Run on the host of --publish: place.sh <action> <folder> <dist> <partial folder> <inputs hash> <replace: yes|no>
# Prints `same` where that dist is there already, else what its action says. Exit code 1 with a reason on stderr.
set -eu
LC_ALL=C
export LC_ALL
action=$1 folder=$2 name=$3 partial=$4 hash=$5 replace=$6

cd "$folder"
# Exit code 0: nothing is in the way. Prints `same`, or ends with the reason.
look() {
  [ -e "$name" ] || [ -L "$name" ] || return 0
  if grep -q "\"inputsHash\": *\"$hash\"" "$name/manifest.json" 2>/dev/null; then
    if [ "$replace" = no ] || [ ! "$name" -ot "$partial/.began" ]; then
      rm -rf "./$partial"
      printf 'same\n'
      exit 0
    fi
  fi
  [ "$replace" = yes ] && [ -f "$name/manifest.json" ] && return 0
  printf '%s/%s is there already, and was made otherwise.\n' "$folder" "$name" >&2
  exit 1
}

case $action in
  begin)
    # Those of killed workers: the folder's time is when it was made, and no dist takes a day.
    find . -maxdepth 1 -name '.*.partial-????????????' -mmin +1440 -exec rm -rf '{}' +
    [ "$replace" = yes ] || look
    mkdir -m 0700 "./$partial"
    : >"$partial/.began"
    printf 'begun\n'
    ;;
  finish)
    (cd "$partial/dist" && sha256sum --check --quiet --strict SHA256SUMS >&2)
    sync
    exec 9>".$name.lock"
    flock -w 600 9 || {
      printf 'somebody else has held %s/.%s.lock for ten minutes.\n' "$folder" "$name" >&2
      exit 1
    }
    printf 'locked\n'
    IFS= read -r answer || answer=no
    if [ "$answer" != go ]; then
      rm -rf "./$partial"
      printf 'left\n'
      exit 0
    fi
    look
    if [ -e "$name" ]; then mv -T "$name" "$partial/replaced"; fi
    mv -T "$partial/dist" "$name"
    sync "$name" || sync
    rm -rf "./$partial"
    printf 'placed\n'
    ;;
esac
