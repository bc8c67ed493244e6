package sheet_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/sheet"
)

// book is a small plan with all three tiers; n cadres with 15 households each.
func book(n int) sheet.PlanBook {
	b := sheet.PlanBook{County: "义马市", Office: "中共义马市委组织部", Number: "义组〔2026〕1号", Period: 2026, Status: planner.PlanReview,
		MadeOn: civil.Of(2026, 1, 5), Preset: "义马",
		Summaries: []sheet.TierLine{{Tier: planner.TierHousehold, Cadres: n, Targets: 15 * n}}}
	b.Pairs = append(b.Pairs,
		sheet.PlanPair{Tier: planner.TierVillage, UnitCode: "D001", Unit: "市委办公室", CadreCode: "L001", Cadre: "喆静", Title: "市委常委、组织部部长", Rank: planner.RankLeader,
			Township: "千秋路街道", VillageCode: "411281001001", Village: "民安社区"},
		sheet.PlanPair{Tier: planner.TierGroup, UnitCode: "D002", Unit: "市农业农村局", CadreCode: "K001", Cadre: "阿依古丽·买买提", Title: "副局长", Rank: planner.RankSection,
			Township: "千秋路街道", VillageCode: "411281001001", Village: "民安社区", GroupCode: "411281001001-01", Group: "第一网格"})
	for i := range n * 15 {
		c := i / 15
		b.Pairs = append(b.Pairs, sheet.PlanPair{Tier: planner.TierHousehold, UnitCode: fmt.Sprintf("D%03d", c%5), Unit: fmt.Sprintf("示例市第%d事务中心", c%5),
			CadreCode: fmt.Sprintf("G%05d", c), Cadre: []string{"𠮷三", "𬭎平", "㛃文", "龘一"}[c%4], Title: "科员", Rank: planner.RankStaff, Township: "千秋路街道",
			VillageCode: "411281001002", Village: "兴苑社区", GroupCode: planner.AreaCode(fmt.Sprintf("411281001002-%02d", i%15/8+1)), Group: fmt.Sprintf("第%d网格", i%15/8+1),
			Household: fmt.Sprintf("H%06d", i), Head: "张某某", Kept: i%5 > 0, New: i%10 == 0})
	}
	b.Changes = []sheet.PlanChange{{Household: "H000005", Head: "张某某", Village: "兴苑社区", Group: "第1网格", FromCode: "G00009", From: "龘一", FromUnit: "示例市第4事务中心",
		ToCode: "G00000", To: "𠮷三", ToUnit: "示例市第0事务中心", Why: planner.Text{ZH: "工作调整", EN: "work adjustment"}}}
	return b
}

func planFile(t *testing.T, b sheet.PlanBook) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := sheet.WritePlan(&buf, b); err != nil {
		t.Fatalf("WritePlan: %v", err)
	}
	return buf.Bytes()
}

func TestThePlanHasItsFiveSheetsAndTheSameBytesEachTime(t *testing.T) {
	b := book(10)
	whole := planFile(t, b)
	if !bytes.Equal(whole, planFile(t, b)) {
		t.Error("got two different files from the same plan")
	}
	f, err := excelize.OpenReader(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if d := cmp.Diff([]string{"按单位", "按村", "按干部", "与上年变动", "附件"}, f.GetSheetList()); d != "" {
		t.Errorf("sheets (-want +got):\n%s", d)
	}
	for _, tc := range []struct {
		sheet, cell, want string
	}{
		{"按单位", "A3", "单位"}, {"按单位", "B4", "𠮷三"}, {"按单位", "I4", "H000000 张某某"}, {"按单位", "J4", "新结对"}, {"按单位", "J5", "沿用"},
		{"按村", "B4", "民安社区"}, {"与上年变动", "D4", "龘一（G00009）"}, {"与上年变动", "H4", "工作调整"},
		{"附件", "A1", "附件"}, {"附件", "A2", "义马市2026年干部结对联系群众安排表"}, {"附件", "A6", "一、市级领导联系村（社区）"}, {"附件", "C7", "喆静"},
	} {
		if got, _ := f.GetCellValue(tc.sheet, tc.cell); got != tc.want {
			t.Errorf("%s %s: got %q, want %q", tc.sheet, tc.cell, got, tc.want)
		}
	}
	rows, err := f.GetRows("附件")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		if strings.Contains(strings.Join(r, " "), "某某") {
			t.Errorf("annex row %d: got %v, want household codes alone", i+1, r)
		}
	}
}

func TestACadreOfTwoVillagesHasARowForEachInTheAnnex(t *testing.T) {
	b := book(1)
	for i := 10; i < len(b.Pairs); i++ {
		b.Pairs[i].VillageCode, b.Pairs[i].Village = "411281001003", "和平社区"
	}
	f, err := excelize.OpenReader(bytes.NewReader(planFile(t, b)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for cell, want := range map[string]string{"A11": "3", "C11": "𠮷三", "E11": "兴苑社区", "F11": "第1网格", "C12": "𠮷三", "E12": "和平社区", "F12": "第2网格"} {
		if got, _ := f.GetCellValue("附件", cell); got != want {
			t.Errorf("%s: got %q, want %q", cell, got, want)
		}
	}
}

// The plan must open in an office program; LibreOffice stands in for WPS. The pages become pictures when
// LIANXIN_TEST_KEEP names a folder, for whoever wants to look.
func TestThePlanOpensInLibreOfficeWithChineseIntact(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Fatal("install LibreOffice: apt-get install -y --no-install-recommends libreoffice-calc fonts-noto-cjk poppler-utils")
	}
	dir := t.TempDir()
	if keep := os.Getenv("LIANXIN_TEST_KEEP"); keep != "" {
		dir = keep
	}
	if err := os.WriteFile(filepath.Join(dir, "plan.xlsx"), planFile(t, book(12)), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(soffice, "--headless", "-env:UserInstallation=file://"+t.TempDir(), "--convert-to", "pdf", "--outdir", dir, filepath.Join(dir, "plan.xlsx"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	text, err := exec.Command("pdftotext", "-layout", filepath.Join(dir, "plan.pdf"), "-").Output()
	if err != nil {
		t.Fatalf("pdftotext (install poppler-utils): %v", err)
	}
	for _, want := range []string{"义马市2026年干部结对联系群众安排表", "阿依古丽·买买提", "一、市级领导联系村", "中共义马市委组织部", "2026年1月5日", "第 1 页"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the PDF lacks %q", want)
		}
	}
}

func TestAUnitSendsItsOpinionsBack(t *testing.T) {
	b := book(2)
	var buf bytes.Buffer
	if err := sheet.WriteReview(&buf, sheet.ReviewBook{County: b.County, Office: b.Office, Unit: "示例市第0事务中心", Period: 2026, DueOn: civil.Of(2026, 1, 20), Pairs: b.Pairs}); err != nil {
		t.Fatal(err)
	}
	if cs, fs, err := sheet.ReadCorrections(context.Background(), file("r.xlsx", buf.Bytes())); err != nil || len(cs)+len(fs) > 0 {
		t.Fatalf("untouched: got %v, %v, %v, want nothing", cs, fs, err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(buf.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for cell, v := range map[string]string{"H4": "更换", "I4": "G00001", "J4": "已调到邻村", "H5": "回避", "H6": "保持", "H7": "大概行", "I8": "G00001", "H9": "更换", "I9": "G00000"} {
		if err := f.SetCellStr("征求意见", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	buf.Reset()
	if err := f.Write(&buf); err != nil {
		t.Fatal(err)
	}
	cs, fs, err := sheet.ReadCorrections(context.Background(), file("r.xlsx", buf.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	want := []sheet.Correction{
		{Household: "H000000", From: "G00000", To: "G00001", Want: sheet.WantChange, Why: "已调到邻村"},
		{Household: "H000001", From: "G00000", Want: sheet.WantRecuse},
		{Household: "H000002", From: "G00000", Want: sheet.WantKeep},
	}
	if d := cmp.Diff(want, cs, cmpopts.IgnoreTypes(planner.Place{})); d != "" {
		t.Errorf("corrections (-want +got):\n%s", d)
	}
	var codes []string
	for _, f := range fs {
		codes = append(codes, fmt.Sprint(f.Place.Row, " ", f.Place.Column, " ", f.Code))
	}
	if d := cmp.Diff([]string{"7 意见 bad-choice", "8 意见 empty-cell", "9 建议干部工号 same-cadre"}, codes); d != "" {
		t.Errorf("findings (-want +got):\n%s", d)
	}
}
