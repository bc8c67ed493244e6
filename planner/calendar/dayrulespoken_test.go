package calendar

import "testing"

func TestARuleIsReadAsVillagesSayItAndHasOneText(t *testing.T) {
	for text, want := range map[string]string{
		"农历逢三六九": "lunar:3,6,9", "农历逢三、六、九": "lunar:3,6,9", "阴历逢5，10": "", "农历逢五十": "lunar:5,10", "公历逢一、四、七": "solar:1,4,7", "阳历逢2、7": "solar:2,7",
		"每周三、周六": "weekday:3,6", "每周日": "weekday:7", "每星期天": "weekday:7", "逢周三": "weekday:3", "lunar:9,3,6": "lunar:3,6,9", "lunar:3,3": "lunar:3", "lunar:0,5": "lunar:5,10",
		"branch:午,子": "branch:子,午", "weekday:7,1": "weekday:1,7", "逢三六九": "", "农历逢": "", "农历逢三百": "", "term:芒种..夏至": "term:芒种..夏至",
	} {
		r, err := ParseDayRule(text)
		if want == "" {
			if err == nil {
				t.Errorf("%s: got %s, want it refused", text, r.Text())
			}
			continue
		}
		if err != nil || r.Text() != want {
			t.Errorf("%s: got %s, %v; want %s", text, r.Text(), err, want)
		}
		if again, err := ParseDayRule(r.Text()); err != nil || again != r {
			t.Errorf("%s: read again it is %v, %v", text, again, err)
		}
	}
}
