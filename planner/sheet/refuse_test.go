package sheet_test

import (
	"strings"
	"testing"
	"unicode"

	"lianxin/planner"
	"lianxin/planner/sheet"
)

func TestForbiddenColumnsAreRefusedWithTheirReason(t *testing.T) {
	for header, why := range map[string]string{
		"身份证号": "证件", "身份证号码": "证件", "公民身份号码": "证件", "户主证件号": "证件", "ID number": "证件", "银行卡号": "金融账户", "一卡通账号": "金融账户", "开户行": "金融账户",
		"健康状况": "健康", "患何疾病": "健康", "是否残疾": "健康", "健康码": "健康", "妇科病": "健康", "宗教信仰": "宗教", "政治面貌": "政治面貌", "是否党员": "政治面貌", "思想动态": "政治面貌",
		"子女情况": "未成年人", "孩子姓名": "未成年人", "孩子成绩": "未成年人", "留守儿童": "未成年人", "人脸照片": "人脸", "指纹": "人脸", "车牌号": "车辆", "车架号": "车辆",
		"所在位置": "去过哪里", "GPS": "去过哪里", "定位": "去过哪里", "经度": "去过哪里", "行程轨迹": "去过哪里", "打卡时间": "不打卡", "签到": "不打卡", "在线时长": "不打卡",
		"积分": "打分", "评分": "打分", "排名": "打分", "星级": "打分", "风险等级": "打分", "一票否决": "打分", "重点人员": "看管", "是否重点人": "看管", "稳控责任人": "看管", "黑名单": "看管",
		"劝返次数": "看管", "上访次数": "记账", "进京时间": "记账", "赴省": "记账", "非访": "记账", "年收入": "困难等级", "致贫原因": "困难等级", "低保": "困难等级",
		"家庭住址": "门牌", "门牌号": "门牌", "家庭成员": "家庭成员", "社会关系": "家庭成员", "前科": "公安", "通话记录": "公安", "性别": "最少够用", "年龄": "最少够用", "民族": "最少够用",
		"备注": "私下", " 身 份 证 号 ": "证件", "身份证号（必填）": "证件",
	} {
		got, refused := sheet.Refused(header)
		if !refused || !strings.Contains(got.ZH, why) || got.EN == "" {
			t.Errorf("%s: got %q, %v, want a refusal that speaks of %s", header, got.ZH, refused, why)
		}
	}
	for _, k := range sheet.Kinds() {
		for _, c := range k.Columns() {
			for _, h := range append([]string{c.Header.ZH, c.Header.EN}, c.Also...) {
				if _, refused := sheet.Refused(h); refused {
					t.Errorf("our own header %s of %s is refused", h, k)
				}
			}
		}
	}
}

func TestARefusedColumnIsNamedAndTheRestIsRead(t *testing.T) {
	body := "工号,姓名,单位代码,职级,身份证号,爱好\nG1,程安,D1,一般干部,（略）,下棋\n"
	b, fs := read(t, file("c.csv", []byte(body)))
	if len(b.Cadres) != 1 || b.Cadres[0].Name != "程安" {
		t.Errorf("got cadres %v, want one", b.Cadres)
	}
	if len(fs) != 2 || fs[0].Code != "refused-column" || fs[0].Place.Column != "身份证号" || fs[1].Code != "unknown-column" || !strings.Contains(fs[1].Say.ZH, "爱好") {
		t.Errorf("got %v, want 身份证号 refused and 爱好 unknown", fs)
	}
}

// Every sentence is one, in both languages, without blame or office jargon (style.md §3.13).
func TestSentencesAreInBothLanguagesAndKeepTheirTone(t *testing.T) {
	broken := "工号,姓名,单位代码,职级,手机,邮箱,最多联系户数,籍贯村,姓名\nG1,,D1,副科,123,x,0,12,x\n110101199003077571,a,b,科级,19900000001,a@b.cn,99,#N/A,b\n4.11E+11,王,b,一般干部,,,,,\n"
	_, fs := read(t, file("b.csv", []byte(broken)), file("a.xls", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")))
	if len(fs) < 10 {
		t.Errorf("got %d findings, want at least 10: %v", len(fs), fs)
	}
	for _, f := range fs {
		for _, s := range []string{f.Say.ZH, f.Say.EN} {
			for _, bad := range []string{"非法", "异常", "系统错误", "!", "！", "invalid", "illegal", "failed", "110101199003077571"} {
				if strings.Contains(s, bad) {
					t.Errorf("%s: %q holds %q", f.Code, s, bad)
				}
			}
		}
		if !strings.HasSuffix(f.Say.ZH, "。") || !strings.HasSuffix(f.Say.EN, ".") || !strings.ContainsFunc(f.Say.ZH, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: got %q / %q, want a sentence in both", f.Code, f.Say.ZH, f.Say.EN)
		}
	}
}

func TestNumbersThatMustNotBeThereAreFound(t *testing.T) {
	for say, want := range map[string]string{
		"给110101199003077571办卡":       "id-number", // made up, its check digit fits
		"往6222020000000000000打钱":      "bank-card", // made up, its Luhn digit fits
		"打13800000002联系":              "phone-in-words",
		"列为重点人员":                      "refused-word",
		"2026年1月15日前送12本册子":           "",
		"户编号4112810010010001的补助材料已送到": "",
		"0398-5550123是社区电话":           "",
	} {
		b, fs := read(t, file("t.csv", []byte("事项编号,工号,户编号,事项,答应日期,办结期限\nS1,G1,,"+say+",2026-01-05,2026-02-08\n")))
		code := ""
		if len(fs) > 0 {
			code = fs[0].Code
		}
		if code != want || len(fs) > 1 || (want == "") != (len(b.Tasks) == 1 && b.Tasks[0].Say == say) {
			t.Errorf("%s: got %v, want %q", say, fs, want)
		}
		for _, f := range fs {
			if strings.Contains(f.Say.ZH+f.Say.EN, "19900000002") || strings.Contains(f.Say.ZH+f.Say.EN, "1990030") {
				t.Errorf("%s: the finding shows the number: %s", say, f.Say.ZH)
			}
		}
	}
}

func TestAFullNameOfAHeadIsCutToItsSurname(t *testing.T) {
	for name, want := range map[string]string{"张三丰": "张某某", "欧阳修远": "欧阳某某", "张**": "张某某", "𠮷 三": "𠮷某某", "张某": "张某", "王某某": "王某某", "阿依古丽·买买提": "阿某某", "李×": "李某某"} {
		if got, _ := sheet.MaskHead(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	b, fs := read(t, file("h.csv", []byte("户编号,村代码,户主,同意状态\nH1,411281001001,张三丰,同意\nH2,411281001001,李 四,同意\nH3,411281001001,王某某,同意\n")))
	if len(fs) != 1 || fs[0].Severity != planner.Note || fs[0].Code != "head-masked" || !strings.Contains(fs[0].Say.ZH, "2行") {
		t.Errorf("got %v, want one note about 2 rows", fs)
	}
	if b.Households.At(0).Head != "张某某" || b.Households.At(1).Head != "李某某" {
		t.Errorf("got %v and %v, want masked heads", b.Households.At(0), b.Households.At(1))
	}
}

func TestASpaceThatPadsANameDoesNotMatter(t *testing.T) {
	for name, want := range map[string]string{"喆 静": "喆静", "喆　静": "喆静", " 喆静 ": "喆静", "㛃 𬭎": "㛃𬭎", "阿依古丽·买买提": "阿依古丽·买买提", "Anna  Maria": "Anna Maria"} {
		if got := sheet.CleanName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestAWrongColumnOnEveryRowIsListedOnceAndCounted(t *testing.T) {
	var body strings.Builder
	body.WriteString("户编号,村代码,户主,同意状态\n")
	for range 500 {
		body.WriteString("H1,向阳,张某某,同意\n")
	}
	_, fs := read(t, file("h.csv", []byte(body.String())))
	if len(fs) != 201 || !strings.Contains(fs[200].Say.ZH, "300处") {
		t.Errorf("got %d findings, the last %v, want 200 and a count of 300", len(fs), fs[len(fs)-1])
	}
}
