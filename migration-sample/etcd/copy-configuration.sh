#!/bin/sh
set -e
cd "$1"

for file in *.yml; do
	etcdctl put "/config/${file%.yml}/application.yml" < "$file"
done
