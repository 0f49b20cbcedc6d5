# shellcheck shell=bash
# What a machine's root file system is made of: which layer has a path, whether overlays work there, its user's home.
# Sourced by layers.sh, as root; knows no store. What a machine wrote is not trusted: no link in it is followed, and nothing
# but a plain file is opened, so that a pipe holds nobody up.

# The first mount at or below a path. `rm --one-file-system` does not notice a bind mount of the same disk.
find_mount() { # <path>
  local path point
  path=$(realpath -m -- "$1")
  while read -r _ _ _ _ point _; do
    printf -v point %b "$point" # a space is \040 there
    if [[ $point == "$path" || $point == "$path"/* ]]; then
      printf '%s' "$point"
      return
    fi
  done </proc/self/mountinfo
  return 1
}
is_free_of_mounts() { # <path>
  local mount
  mount=$(find_mount "$1") || return 0
  printf 'layers: error: %s is not deleted: something is mounted at %s\n' "$1" "$mount" >&2
  return 1
}

# Replacing a folder by a link meanwhile gains nothing: the working folder is checked at the end.
print_plain() { # <layer> <folder> <name>: at most 16 KiB; 1 when this layer has nothing there
  local root part
  root=$(realpath -e -- "$1" 2>/dev/null) || return 1
  (
    cd -P -- "$root" || exit 1
    for part in ${2//\// }; do
      [ -e "$part" ] || [ -L "$part" ] || exit 1
      if [ -L "$part" ] || ! cd -P -- "$part" 2>/dev/null; then exit 0; fi
    done
    [ "$(env pwd -P)" = "$root/$2" ] || exit 0
    [ -e "$3" ] || [ -L "$3" ] || exit 1
    if [ -f "$3" ] && [ ! -L "$3" ]; then dd if="./$3" iflag=nofollow,nonblock bs=16k count=1 status=none || true; fi
  )
}

# The topmost layer that has a path decides what it is.
find_in() { # <path> <layer>...
  local path=$1 layer
  shift
  for layer in "$@"; do
    if [ -e "$layer/$path" ] || [ -L "$layer/$path" ]; then
      printf '%s/%s' "$layer" "$path"
      return
    fi
  done
  return 1
}

# Tried where it will be mounted. `volatile` (Linux 5.10) leaves out all fsync: a machine that is thrown away needs none,
# and without it the end of a container waits for the disk. Prints the options.
find_overlay() { # <machine's folder> <lower>
  local options
  mkdir -p "$1/.try/upper" "$1/.try/root"
  for options in ,volatile ''; do
    mkdir -p "$1/.try/work"
    if unshare --mount --propagation private mount -t overlay overlay \
      -o "lowerdir=$2,upperdir=$1/.try/upper,workdir=$1/.try/work$options" "$1/.try/root" 2>/dev/null; then
      rm -rf --one-file-system "$1/.try"
      printf '%s' "${options#,}"
      return
    fi
  done
  rm -rf --one-file-system "$1/.try"
  return 1
}

copy_folder() { # <path> <to> <layer>...: empty, with the owner and mode that the topmost layer gives it
  local path=$1 to=$2 from
  from=$(find_in "$1" "${@:3}")
  if [ ! -d "$from" ] || [ -L "$from" ]; then fail "$path of the box is not a folder"; fi
  mkdir "$to/$path"
  chown --reference="$from" "$to/$path"
  chmod --reference="$from" "$to/$path"
}

# A file that is also hard-linked from a cache keeps its owner: the machine only reads it, and changes go to its own layer.
give_home() { # <folder> <to> <layer>...
  local folder=$1 to=$2 from
  from=$(find_in home/vagrant "${@:3}") || return 1
  [ ! -L "$from" ] || return 1
  if [ ! -d "$folder" ] || [ -L "$folder" ]; then fail "$folder is not a folder"; fi
  mkdir "$to" || fail "$to cannot be made"
  copy_folder home "$to" "${@:3}"
  if [ "$(stat -c %d "$folder")" = "$(stat -c %d "$to")" ]; then
    mv -T "$folder" "$to/home/vagrant" || fail "$folder cannot be moved to $to"
  elif ! cp -aT "$folder" "$to/home/vagrant"; then # the disk is full, or root may not read it there
    rm -rf --one-file-system "$to"
    return 1
  fi
  find "$to/home/vagrant" '(' -type d -o -links 1 ')' -exec chown -h --reference="$from" {} + || fail "the owner of $to cannot be changed"
  chmod --reference="$from" "$to/home/vagrant" || fail "the mode of $to cannot be changed"
}
