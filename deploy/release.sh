#!/usr/bin/env bash
# Makes a release in dist/: a static binary for each system, a package for Debian
# and its like, and their checksums. Needs Go, git and the network of Go modules.
#
#     deploy/release.sh v0.1.0
#
# The same commit and Go make the same binaries. Without a version it is that of the
# newest tag, with what came since.
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1:-$(git describe --tags --always --dirty 2>/dev/null || echo devel)}
if [[ ! $version =~ ^[0-9A-Za-z][0-9A-Za-z.+~-]*$ ]]; then
	echo "release: $version: is no version" >&2
	exit 2
fi
nfpm=github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2 # the newest that was tried
systems=(linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64)
out=dist
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export CGO_ENABLED=0 SOURCE_DATE_EPOCH

rm -rf "$out"
mkdir -p "$out"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

binary() { # OS ARCH FILE
	GOOS=$1 GOARCH=$2 go build -trimpath -buildvcs=auto -ldflags "-s -w -X main.version=$version" -o "$3" ./cmd/courant
}

# Debian's versions begin with a digit. There a candidate (0.1.0-rc1) comes before
# its release by a tilde, and what came since a tag (0.1.0-5-g1a2b3c4) after it by a
# plus.
debian() { # VERSION
	local v=${1#v}
	[[ $v =~ ^[0-9] ]] || v=0~$v
	if [[ $v =~ ^(.*)-([0-9]+)-(g[0-9a-f]+.*)$ ]]; then
		v=${BASH_REMATCH[1]}+${BASH_REMATCH[2]}.${BASH_REMATCH[3]}
	fi
	echo "${v//-/\~}"
}

for system in "${systems[@]}"; do
	os=${system%/*} arch=${system#*/} end=
	[ "$os" = windows ] && end=.exe
	echo "build $os $arch"
	binary "$os" "$arch" "$out/courant-$version-$os-$arch$end"
done

# What goes into the package beside the binary: made by one that runs here.
binary "$(go env GOHOSTOS)" "$(go env GOHOSTARCH)" "$stage/courant"
"$stage/courant" man | gzip -9n >"$stage/courant.1.gz"
for shell in bash zsh fish; do
	"$stage/courant" completion "$shell" >"$stage/courant.$shell"
done
sed 's,/usr/local/bin/,/usr/bin/,' deploy/courant.service >"$stage/courant.service"

package=$(debian "$version")
for arch in amd64 arm64; do
	echo "package $arch"
	STAGE=$stage ARCH=$arch VERSION=$package BINARY="$out/courant-$version-linux-$arch" \
		CGO_ENABLED=0 GOFLAGS=-mod=mod go run "$nfpm" package --config deploy/nfpm.yaml --packager deb --target "$out/"
done

(cd "$out" && sha256sum -- * >SHA256SUMS)
cat "$out/SHA256SUMS"
