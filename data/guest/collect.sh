#!/usr/bin/env bash
# Runs in the guest after a good build: finds in Maven's local repository what was fetched by this build and may
# outlive the machine, and puts hard links to it into a folder. Prints a line a file: sha1, repository, path, with
# tabs between. What a build installed by itself has no repository noted beside it, and is left out.
# Usage: collect.sh SENT LOCAL_ONLY FOLDER
#   SENT        paths that were sent before the build, a line each
#   LOCAL_ONLY  folders of the repository of which nothing may be kept, a line each
set -euo pipefail

sent=$1 local_only=$2 folder=$3
repository=$HOME/.m2/repository
rm -rf "$folder"
mkdir -p "$folder"
[[ -d $repository ]] || exit 0
cd "$repository"

# repository, path: from Maven's own notes.
# shellcheck disable=SC2016 # awk's own variables
list_fetched() {
  find . -name _remote.repositories -print0 | xargs -0 -r awk -F'[>=]' '
    /^#/ || NF < 2 || $2 == "" { next }
    { place = FILENAME; sub(/^\.\//, "", place); sub(/_remote\.repositories$/, "", place); print $2 "\t" place $1 }'
}
list_fetched | awk -F'\t' -v sent="$sent" -v local_only="$local_only" '
  BEGIN {
    while ((getline line < sent) > 0) known[line] = 1
    while ((getline line < local_only) > 0) if (line != "") barred[line "/"] = 1
  }
  $2 in known || /-SNAPSHOT/ { next }
  { for (prefix in barred) if (index($2, prefix) == 1) next }
  {
    # The checksum as the repository gave it; files without one are left out.
    checksum = ""
    file = $2 ".sha1"
    if ((getline checksum < file) > 0 && match(tolower(checksum), /[0-9a-f]+/) && RLENGTH == 40)
      print substr(tolower(checksum), RSTART, 40) "\t" $1 "\t" $2
    close(file)
    known[$2] = 1
  }' |
  while IFS=$'\t' read -r sha1 from path; do
    [[ -f $path && ! -L $path ]] || continue
    mkdir -p "$folder/${path%/*}"
    ln "$path" "$folder/$path"
    printf '%s\t%s\t%s\n' "$sha1" "$from" "$path"
  done
