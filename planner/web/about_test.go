package web

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTheAboutPageNamesEveryModuleThatTheProgramCarries(t *testing.T) {
	modules := 0
	err := filepath.WalkDir("../..", func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && p != "../.." {
			if _, none := os.Stat(filepath.Join(p, "go.mod")); none == nil {
				return fs.SkipDir // a module of its own, which the program does not carry
			}
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") || strings.Contains(p, "dbtest") || strings.Contains(p, "testdata") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, s := range f.Imports {
			imp := strings.Trim(s.Path.Value, `"`)
			if first, _, _ := strings.Cut(imp, "/"); !strings.Contains(first, ".") {
				continue
			}
			modules++
			if !slices.ContainsFunc(works, func(w thing) bool { return imp == w.Name || strings.HasPrefix(imp, w.Name+"/") }) {
				t.Errorf("%s imports %s: got no such work on the page, want it with its licence", p, imp)
			}
		}
		return nil
	})
	if err != nil || modules < 10 {
		t.Fatalf("got %d imports of modules, %v, want the source tree read", modules, err)
	}
}
