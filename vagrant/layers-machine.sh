# shellcheck shell=bash
# What a machine's root file system is made of: which layer has a path, whether overlays work there, its user's home.
# Sourced by layers.sh, as root; knows no store.

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
  if [ ! -d "$from" ] || [ -L "$from" ]; then fail "$path of the box is no folder"; fi
  mkdir "$to/$path"
  chown --reference="$from" "$to/$path"
  chmod --reference="$from" "$to/$path"
}

# What has a second name, in a cache, keeps its owner: the machine reads it, and what it changes is in its own layer.
give_home() { # <folder> <to> <layer>...
  local folder=$1 to=$2 from
  from=$(find_in home/vagrant "${@:3}") || return 1
  if [ ! -d "$folder" ] || [ -L "$folder" ]; then fail "$folder is no folder"; fi
  mkdir "$to" || fail "$to cannot be made"
  copy_folder home "$to" "${@:3}"
  if [ "$(stat -c %d "$folder")" = "$(stat -c %d "$to")" ]; then
    mv -T "$folder" "$to/home/vagrant" || fail "$folder cannot be moved to $to"
  elif ! cp -aT "$folder" "$to/home/vagrant"; then # the disk is full, or root may not read it there
    rm -rf --one-file-system "$to"
    return 1
  fi
  find "$to/home/vagrant" '(' -type d -o -links 1 ')' -exec chown -h --reference="$from" {} + || fail "no new owner for $to"
  chmod --reference="$from" "$to/home/vagrant" || fail "no new mode for $to"
}
