// Command charts writes the Helm charts and profiles that istio.io/istio embeds
// to the folder it is given.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"istio.io/istio/manifests"
)

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: charts OUT"))
	}
	if err := write(manifests.BuiltinOrDir(""), os.Args[1]); err != nil {
		fail(err)
	}
}

func write(charts fs.FS, out string) error {
	return fs.WalkDir(charts, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(out, filepath.FromSlash(path))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		content, err := fs.ReadFile(charts, path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	})
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "charts:", err)
	os.Exit(1)
}
