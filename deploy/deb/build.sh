#!/usr/bin/env bash
# Builds the Debian package in .build/deb, and prints its size. Needs a Swift toolchain and Debian 12, and no network.
#
#   deploy/deb/build.sh                        the version of the sources
#   deploy/deb/build.sh --version 0.0.9        the same under another version, as the test of upgrades needs it
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/packages.sh

version=
case ${1-} in
    --version) version=${2:?a version is missing} ;;
    '') ;;
    *) sed -n '2,5s/^# \{0,1\}//p' deploy/deb/build.sh >&2; exit 64 ;;
esac
command -v swift >/dev/null || { echo "Please install Swift 6.2 or later: https://swift.org/install" >&2; exit 69; }
install_packages pkg-config libpq-dev debhelper gcc

# The C++ runtime that Swift's needs goes in too: where the linker looks first, there is nothing but its archive.
archives=$PWD/.build/deb/archives
mkdir -p "$archives"
ln -sf "$(gcc -print-file-name=libstdc++.a)" "$archives/libstdc++.a"
# Addresses that were looked up once must not be written to afterwards.
options=(-c release --static-swift-stdlib -Xswiftc -L"$archives")
for option in -z relro -z now --as-needed -l:libgcc_eh.a; do options+=(-Xlinker "$option"); done
swift build "${options[@]}" --product mapmux
binary=$(swift build "${options[@]}" --show-bin-path)/mapmux

built=$("$binary" --version)
packaged=$(dpkg-parsechangelog -l deploy/deb/debian/changelog -S Version)
[ "$built" = "mapmux $packaged" ] ||
    { echo "deploy/deb/debian/changelog: found version $packaged, expected that of \"$built\"" >&2; exit 65; }
# Whatever is linked in has its licence in the package.
for checkout in .build/checkouts/*/; do
    name=$(basename "$checkout")
    grep -q "$name" deploy/deb/debian/copyright ||
        { echo "deploy/deb/debian/copyright: found nothing about $name, expected its licence" >&2; exit 65; }
done
needed=$(objdump -p "$binary" | awk '$1 == "NEEDED" { print $2 }' | grep -vE '^(libpq|libc|libm|ld-linux.*)\.so' || :)
[ -z "$needed" ] || { echo "$binary: needs" $needed ", expected nothing but libpq and the C library" >&2; exit 65; }

version=${version:-$packaged}
source=.build/deb/mapmux-$version
rm -rf "$source"
mkdir -p "$source/completions" "$source/docs"
cp -r deploy/deb/debian "$source/debian"
cp -r deploy/systemd deploy/man "$source"
# All that README.md links to and that is of use without the sources goes beside it.
linked=(deploy/dba.md deploy/alerts.yml deploy/grafana.json deploy/top.png deploy/status-page.png Benchmarks/results.svg)
cp "${linked[@]}" deploy/mapmux.conf.sample "$source/docs"
links=()
for file in "${linked[@]}" deploy/mapmux.conf.sample; do links+=(-e "s|]($file)|](${file##*/})|g"); done
sed "${links[@]}" -e 's/\[\([^]]*\)\]([A-Za-z]*\/[^)]*)/\1/g' README.md >"$source/docs/README.md"
sed -i 's|](\.\./README\.md|](README.md|' "$source/docs/dba.md"
cp "$binary" "$source/mapmux"
# It is read, and not run.
"$binary" --generate-completion-script bash | sed '1{/^#!/d}' >"$source/completions/mapmux"
"$binary" --generate-completion-script zsh >"$source/completions/_mapmux"
"$binary" --generate-completion-script fish >"$source/completions/mapmux.fish"
sed -i "1s/(.*)/($version)/" "$source/debian/changelog"
(cd "$source" && dpkg-buildpackage --build=binary --no-sign >build.log 2>&1) ||
    { tail -n 30 "$source/build.log" >&2; exit 70; }

package=$(ls .build/deb/mapmux_"$version"_*.deb)
echo "$package: $(($(stat -c %s "$package") / 1024)) KiB, installed $(dpkg-deb -f "$package" Installed-Size) KiB," \
    "needs $(dpkg-deb -f "$package" Depends)"
