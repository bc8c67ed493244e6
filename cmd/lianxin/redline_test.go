package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lianxin/planner/sheet"
)

// The red lines of the product (planner/doc.go): what must not exist. A name is cut into its words, so that "score" finds
// risk_score and RiskScore but not "underscored".
var redWords = strings.Fields(`score scores rating points risk colour color label labels blacklist watchlist petitioner petitioners
	gps lon lat latitude longitude track tracks trajectory trace checkin clockin punch photo photos camera face plate hotel ticket trip
	idcard idnumber identity bank card religion illness disease health politics political party children child minor
	stability intercept interception beijing veto credit ranking leaderboard online predicted prediction`)

var redChinese = strings.Fields(`打卡 签到 积分 排名 排行 评分 得分 打分 风险等级 重点人员 缠访 闹访 黑名单 稳控 劝返 截访 进京 赴京 到省 非访 轨迹 定位 GPS 人脸 车牌
	身份证 银行卡 宗教 信仰 疾病 病史 健康状况 政治面貌 一票否决 在线时长 拍照 照片 人员画像 信用`)

// allowedNames are names that hold a red word and are not the thing: each with its reason.
var allowedNames = map[string]string{
	"color": "the colour of a calendar (RFC 7986 COLOR), not of a person",
}

var wordEdge = regexp.MustCompile(`[A-Z]?[a-z]+|[A-Z]+|[0-9]+`)

// redIn returns the red words of an identifier.
func redIn(name string) (found []string) {
	if _, fine := allowedNames[name]; fine {
		return nil
	}
	for _, w := range wordEdge.FindAllString(name, -1) {
		if slices.Contains(redWords, strings.ToLower(w)) {
			found = append(found, w)
		}
	}
	// id_number and check_in are two words
	joined := strings.ToLower(strings.ReplaceAll(name, "_", ""))
	for _, w := range []string{"idnumber", "idcard", "checkin", "clockin", "onlinetime"} {
		if strings.Contains(joined, w) {
			found = append(found, w)
		}
	}
	return found
}

var (
	column    = regexp.MustCompile(`(?m)^\s+"?([a-z_]+)"?\s+(?:TEXT|INTEGER|BIGINT|BOOLEAN|DATE|TIMESTAMP|TIMESTAMPTZ|BLOB|BYTEA|SMALLINT|REAL|NUMERIC)`)
	tableName = regexp.MustCompile(`(?i)CREATE TABLE (?:IF NOT EXISTS )?([a-z_]+)`)
	jsonTag   = regexp.MustCompile("`[^`]*json:\"([^\",]+)")
)

// redNames collects the identifiers of a kind of file that hold a red word.
func redNames(t *testing.T, root, suffix string, res ...*regexp.Regexp) (names int, bad []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, suffix) || strings.HasSuffix(p, "_test.go") {
			return err
		}
		src, err := os.ReadFile(p)
		for _, re := range res {
			for _, m := range re.FindAllStringSubmatch(string(src), -1) {
				names++
				for _, w := range redIn(m[1]) {
					bad = append(bad, p+": "+m[1]+" ("+w+")")
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, bad
}

func TestNoColumnCrossesARedLine(t *testing.T) {
	n, bad := redNames(t, "../../migrations", ".sql", column, tableName)
	if n < 100 {
		t.Errorf("got only %d columns and tables; the reading of the schema is broken", n)
	}
	for _, b := range bad {
		t.Error(b)
	}
}

func TestNoJSONFieldCrossesARedLine(t *testing.T) {
	for _, root := range []string{"../../planner", "../../notifier", "."} {
		n, bad := redNames(t, root, ".go", jsonTag)
		if n == 0 {
			t.Errorf("got no JSON fields under %s; the reading is broken", root)
		}
		for _, b := range bad {
			t.Error(b)
		}
	}
}

func TestNoImportHeaderCrossesARedLine(t *testing.T) {
	for _, k := range sheet.Kinds() {
		for _, c := range k.Columns() {
			for _, name := range append([]string{c.Header.ZH, c.Header.EN}, c.Also...) {
				for _, w := range append(redIn(name), redChineseIn(name)...) {
					t.Errorf("sheet %s, header %s holds %s", k, name, w)
				}
			}
		}
	}
}

func redChineseIn(s string) (found []string) {
	for _, w := range redChinese {
		if strings.Contains(s, w) {
			found = append(found, w)
		}
	}
	return found
}

// A page may say that there is no clock-in; only these keys may, and only so.
var denials = regexp.MustCompile(`不打卡|不定位|不拍照|不签到|不评分|不打分|不排名|不给任何人打分排名|没有打卡|不收集[^。]*|不要写[^。]*|不得[^。]*|不记[^。]*`)

func TestNoPageTextCrossesARedLine(t *testing.T) {
	seen := 0
	for _, dir := range []string{"../../planner/web/html", "../../planner/web/static", "../../planner/lang"} {
		err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(p, ".go") {
				return err
			}
			src, err := os.ReadFile(p)
			seen++
			for _, w := range redChineseIn(denials.ReplaceAllString(string(src), "")) {
				t.Errorf("%s holds %s", p, w)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 5 {
		t.Errorf("got only %d page files", seen)
	}
}

func TestAPlantedRedLineIsFound(t *testing.T) {
	for name, want := range map[string]int{"risk_score": 2, "household_id": 0, "last_gps": 1, "id_number": 1, "check_in_at": 1, "colorGrade": 1, "color": 0, "underscored": 0} {
		if got := len(redIn(name)); (got == 0) != (want == 0) {
			t.Errorf("redIn(%q): got %d words, want %d", name, got, want)
		}
	}
	if got := redChineseIn("稳控责任人"); len(got) != 1 {
		t.Errorf("got %v, want 稳控", got)
	}
	if got := column.FindStringSubmatch("\n  risk_score INTEGER NOT NULL"); len(got) != 2 || got[1] != "risk_score" {
		t.Errorf("got %v: the column pattern is broken", got)
	}
	if got := jsonTag.FindStringSubmatch("X int `json:\"risk_score,omitempty\"`"); len(got) != 2 || got[1] != "risk_score" {
		t.Errorf("got %v: the JSON pattern is broken", got)
	}
}
