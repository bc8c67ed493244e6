package planner_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// layers says which packages of ours each package may import. It is the table of planner/doc.go in a form a test can hold.
// Tests may import what they like.
var layers = map[string]string{
	"planner":           "civil",
	"planner/civil":     "",
	"planner/lang":      "planner civil",
	"planner/rule":      "planner civil lang",
	"planner/flow":      "",
	"planner/pairing":   "planner civil lang rule flow",
	"planner/verify":    "planner civil lang rule",
	"planner/calendar":  "planner civil lang flow",
	"planner/followup":  "planner civil lang",
	"planner/report":    "planner civil",
	"planner/store":     "planner civil lang migrations",
	"planner/sheet":     "planner civil lang",
	"planner/feed":      "planner civil lang",
	"planner/sample":    "planner civil lang sheet",
	"planner/pipeline":  "planner civil lang rule pairing verify calendar followup report store sheet feed notifier",
	"planner/web":       "planner civil lang rule report sheet feed store pipeline notifier",
	"notifier":          "civil",
	"migrations":        "",
	"migrations/dbtest": "migrations",
	"cmd/lianxin":       "*",
	"cmd/lianxin-bench": "planner civil calendar feed flow store pipeline web notifier migrations/dbtest",
}

// short turns an import path of ours into the word of the table: planner/civil is civil.
func short(imp string) string {
	return strings.TrimPrefix(strings.TrimPrefix(imp, "lianxin/"), "planner/")
}

// breaches lists the imports in fsys that the table does not allow, as "package imports package".
func breaches(fsys fs.FS) (bad []string, err error) {
	err = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && p != "." {
			if _, none := fs.Stat(fsys, path.Join(p, "go.mod")); none == nil {
				return fs.SkipDir // a module of its own: nothing here can import it
			}
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") || strings.Contains(p, "testdata") {
			return err
		}
		src, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := path.Dir(p)
		allowed, known := layers[pkg]
		if !known {
			bad = append(bad, pkg+" has no row in the table of layers")
			return nil
		}
		for _, s := range f.Imports {
			imp := strings.Trim(s.Path.Value, `"`)
			if imp != "lianxin" && !strings.HasPrefix(imp, "lianxin/") || allowed == "*" {
				continue
			}
			if !slices.Contains(strings.Fields(allowed), short(imp)) {
				bad = append(bad, pkg+" imports "+imp)
			}
		}
		return nil
	})
	slices.Sort(bad)
	return slices.Compact(bad), err
}

func TestImportsGoOneWay(t *testing.T) {
	bad, err := breaches(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bad {
		t.Error(b)
	}
}

func TestAPlantedWrongImportIsFound(t *testing.T) {
	root := t.TempDir()
	plant := func(file, src string) {
		p := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(src), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	plant("planner/flow/a.go", "package flow\nimport _ \"lianxin/planner\"\n")
	plant("planner/pairing/a.go", "package pairing\nimport _ \"lianxin/planner/flow\"\n")
	plant("planner/web/a.go", "package web\nimport _ \"lianxin/planner/pairing\"\n")
	plant("planner/util/a.go", "package util\n")
	plant("cmd/peer/go.mod", "module peer\n")
	plant("cmd/peer/a.go", "package main\n")
	got, err := breaches(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"planner/flow imports lianxin/planner", "planner/util has no row in the table of layers", "planner/web imports lianxin/planner/pairing"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// stages must not know the time, the database, the network or a logger: they are functions of values.
func TestStagesReadNoClockAndDoNoIO(t *testing.T) {
	banned := []string{"net/http", "database/sql", "log", "log/slog", "os", "github.com/jmoiron/sqlx"}
	for _, stage := range []string{"rule", "flow", "pairing", "verify", "calendar", "followup", "civil"} {
		files, err := filepath.Glob(filepath.Join(stage, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("stage %s has no files (%v)", stage, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Local", "Since", "Until"}, sel.Sel.Name) {
					t.Errorf("%s uses time.%s", file, sel.Sel.Name)
				}
				return true
			})
			for _, s := range f.Imports {
				if imp := strings.Trim(s.Path.Value, `"`); slices.Contains(banned, imp) {
					t.Errorf("%s imports %s", file, imp)
				}
			}
		}
	}
}

func TestTopLevelIsAsAgreed(t *testing.T) {
	allowed := strings.Fields("planner notifier cmd migrations go.mod go.sum README.md LICENSE NOTICE CHANGELOG.md Makefile .gitignore .gitattributes .ci .git staticcheck.conf demo bin")
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s does not belong at the top level", e.Name())
		}
	}
}
