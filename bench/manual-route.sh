#!/usr/bin/env bash
# The original article's steps, one after another, with plain vagrant, ssh, patch, make-distribution.sh, rsync and
# `vagrant destroy`. Uses nothing of build-spark but the box. Always destroys its machine.
#
# usage: manual-route.sh --source <bare repository> --ref <tag> --output <folder> [--patch <file>] [--script <path>]
#                        [--dependencies <folder>] [--box <name>] [--stop-after <phase>] [-- <arguments of the script>]
#   --patch         what is changed in the tree; the article's keeps the scripts that Cloudera's script deletes
#   --dependencies  a folder with install.sh that is run in the machine before the build (Cloudera's repository is out of reach)
#   --stop-after    boot, build, …: destroys the machine right after this phase; for rehearsals
#
# Each line on stdin has the script run once more in the same machine, whose Maven repository is warm by then.
# stdout: `phase<TAB>name<TAB>milliseconds`, at last `total`. stderr: what the commands print.
# Exit codes: 0, 1 something failed, 2 wrong arguments, 130 interrupted; in each case the machine is gone.
set -euo pipefail +C
unset CDPATH

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usage() {
  sed -n '5,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

source='' ref='' output='' patch='' dependencies='' stop_after='' script=make-distribution.sh box=build-spark/debian-13
while (($# > 0)); do
  case $1 in
    --source | --ref | --output | --patch | --dependencies | --script | --box | --stop-after)
      (($# > 1)) || usage
      name=${1#--}
      printf -v "${name//-/_}" %s "$2"
      shift 2
      ;;
    --) shift && break ;;
    *) usage ;;
  esac
done
[[ -n $source && -n $ref && -n $output ]] || usage
[[ -d $source/objects ]] || { printf 'no bare repository: %s\n' "$source" >&2 && exit 2; }
(($# > 0)) || set -- --mvn mvn -B -Pyarn -Phive -Phive-thriftserver -P{flume,hadoop,hbase,hive,parquet}-provided

folder=$(mktemp -d "${TMPDIR:-/tmp}/manual-route.XXXXXX")
export MANUAL_NAME=manual-route-${folder##*.} MANUAL_SOURCE MANUAL_BOX=$box VAGRANT_CHECKPOINT_DISABLE=1
MANUAL_SOURCE=$(realpath "$source")

now_ms() { date +%s%3N; }
began=$(now_ms) running=''
phase() { # <name> <command>...
  local name=$1 start
  shift
  start=$(now_ms)
  # Bash heeds a signal only while it waits, and a build takes twenty minutes.
  "$@" >&2 </dev/null &
  running=$!
  wait "$running"
  running=''
  printf 'phase\t%s\t%s\n' "$name" "$(($(now_ms) - start))"
  [[ $name != "$stop_after" ]] || exit 0
}

destroy() { (cd "$folder" && vagrant destroy --force); }
finish() {
  local code=$?
  trap - EXIT
  trap '' INT TERM HUP PIPE # neither a second signal nor a reader that went away may leave the machine behind
  set +e
  [[ -z $running ]] || { kill "$running" && wait "$running"; } 2>/dev/null
  if [[ -f $folder/Vagrantfile ]]; then
    stop_after='' phase destroy destroy
    printf 'phase\ttotal\t%s\n' "$(($(now_ms) - began))"
  fi
  # What vagrant leaves when it was interrupted while it made the machine.
  if lxc-ls -1 | grep -qxF "$MANUAL_NAME"; then lxc-destroy -f -n "$MANUAL_NAME" >&2 || code=3; fi
  rm -rf "$folder"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

cp "$here/manual/Vagrantfile" "$folder/"
mkdir -p "$folder/manifests" "$folder/ca" "$folder/out" "$output"
chmod 755 "$folder" && chmod 777 "$folder/out" # the guest's user is another one than ours
cp "$here/manual/default.pp" "$folder/manifests/"
find /usr/local/share/ca-certificates -name '*.crt' -exec cp {} "$folder/ca/" \; 2>/dev/null || true
[[ ! -s ${patch:-/dev/null} ]] || cp "$patch" "$folder/changes.patch"
[[ -z $dependencies ]] || cp -r "$dependencies" "$folder/dependencies"
cd "$folder"

log_in() { vagrant ssh-config >access; }
# The text of a function of this file, with its arguments, in a login shell of the guest.
in_guest() { # <function> <argument>...
  local words
  printf -v words '%q ' "$@"
  ssh -F access -o LogLevel=ERROR default 'bash -les' <<<"$(declare -f "$1")"$'\n'"$words </dev/null"
}
clone() { git clone --quiet /source spark; }
checkout() { cd spark && git checkout --quiet "$1"; }
undelete() { cd spark && patch -p1 </vagrant/changes.patch; }
install_dependencies() { cp -r /vagrant/dependencies . && PATH=$JAVA_HOME/bin:$PATH bash dependencies/install.sh; }
build() { cd spark && "./$1" "${@:2}"; }
copy_back() { rsync -a --no-owner --no-group spark/dist/ "/vagrant/out/dist-$1/"; }

phase boot vagrant up --provider lxc --no-provision
phase provision vagrant provision
phase log-in log_in
phase clone in_guest clone
phase checkout in_guest checkout "$ref"
[[ ! -f changes.patch ]] || phase patch in_guest undelete
[[ ! -d dependencies ]] || phase dependencies in_guest install_dependencies
phase build in_guest build "$script" "$@"
while read -r _; do phase rebuild in_guest build "$script" "$@"; done
phase copy-back in_guest copy_back "$ref"
[[ -s out/dist-$ref/RELEASE && -x out/dist-$ref/sbin/start-thriftserver.sh ]] || { echo 'the dist is not whole' >&2 && exit 1; }
rm -rf "${output:?}/dist-$ref"
mv "out/dist-$ref" "$output/"
