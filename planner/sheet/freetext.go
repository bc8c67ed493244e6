package sheet

import "lianxin/planner"

// NumberIn reports whether free words hold a number that must not stand in them, and words what it looks like: an ID-card number,
// a bank card, a mobile. The number itself is not returned.
func NumberIn(s string) (what planner.Text, found bool) {
	switch secretIn(s, true) {
	case idNumber:
		return planner.Text{ZH: "身份证号", EN: "an ID-card number"}, true
	case bankCard:
		return planner.Text{ZH: "银行卡号", EN: "a bank card number"}, true
	case mobileNumber:
		return planner.Text{ZH: "手机号", EN: "a mobile number"}, true
	}
	return planner.Text{}, false
}
