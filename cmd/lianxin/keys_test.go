package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner/store"
)

func TestKeysRotateGoOnAfterAStopAndRetireOnlyWhenAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		p := newProgram(t, url).start()
		csv := filepath.Join(p.dir, "名册")
		if err := os.Mkdir(csv, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"村组.csv": "代码,名称,级别\n411281,示例市,县\n411281001,示范街道,乡镇\n411281001001,示范社区,村\n", "单位.csv": "单位代码,单位名称,网络层级,所在区划\nD1,示例局,局,411281\n",
			"干部.csv": "工号,姓名,单位代码,职级,手机\nK1,甲一,D1,一般干部,13900000001\n", "户名册.csv": "户编号,村代码,户主,联系方式,同意状态\nH1,411281001001,张某某,13900000002,同意\n"} {
			if err := os.WriteFile(filepath.Join(csv, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		files, err := filepath.Glob(filepath.Join(csv, "*.csv"))
		if err != nil {
			t.Fatal(err)
		}
		p.run(append([]string{"import"}, files...)...)
		uses := func(args ...string) (us []store.KeyUse) {
			t.Helper()
			if err := json.Unmarshal([]byte(p.run(append(args, "--json")...)), &us); err != nil {
				t.Fatal(err)
			}
			return us
		}
		first := uses("keys", "list")
		if len(first) != 1 || first[0].Rows != 3 { // a cadre, a household, its audit key
			t.Fatalf("at first: %+v", first)
		}
		if _, errs, code := p.try("keys", "rotate", "--retire"); code != 3 || !strings.Contains(errs, "另存一份密钥文件") {
			t.Errorf("retire without --yes: exit code %d, %s", code, errs)
		}
		two := uses("keys", "rotate")
		if len(two) != 2 || two[0].Rows != 0 || two[1].Rows != 3 || !two[1].Current {
			t.Errorf("rotated: %+v", two)
		}
		// A rotation that stopped right after the key was added goes on without another key.
		if _, err := store.RotateKeyring(filepath.Join(p.dir, "lianxin.key")); err != nil {
			t.Fatal(err)
		}
		_, errs, code := p.try("keys", "rotate")
		if code != 0 || !strings.Contains(errs, "接着做") {
			t.Errorf("an unfinished rotation: exit code %d, %s", code, errs)
		}
		if three := uses("keys", "list"); len(three) != 3 || three[2].Rows != 3 {
			t.Errorf("after it: %+v", three)
		}
		if one := uses("keys", "rotate", "--retire", "--yes"); len(one) != 1 || one[0].Rows != 3 || !one[0].Current {
			t.Errorf("retired: %+v", one)
		}
		if b, err := os.ReadFile(filepath.Join(p.dir, "lianxin.key")); err != nil || strings.Count(string(b), `"secret"`) != 1 {
			t.Errorf("the key file still has old keys: %v", err)
		}
		if _, errs, code := p.try(append([]string{"import"}, files...)...); code != 0 || !strings.Contains(errs, "新增 0、更改 0") { // contacts are compared under their encryption
			t.Errorf("the same roster again: exit code %d, %s", code, errs)
		}
	})
}
