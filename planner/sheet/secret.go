package sheet

import (
	"iter"
	"regexp"
	"strings"

	"lianxin/planner"
)

var (
	mobileRE  = regexp.MustCompile(`^1[3-9]\d{9}$`)
	phoneRE   = regexp.MustCompile(`^\+?[\d][\d\-() ]{4,18}(转\d{1,6})?$`)
	mailRE    = regexp.MustCompile(`^[^@\s,;<>"]{1,64}@[^@\s,;<>"]+\.[A-Za-z]{2,}$`)
	expRE     = regexp.MustCompile(`^\d(\.\d+)?[Ee]\+?\d{1,2}$`)
	errorCell = regexp.MustCompile(`^#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)$`)
)

// secretKind says what a number in free words looks like.
type secretKind int

const (
	noSecret secretKind = iota
	idNumber
	bankCard
	mobileNumber
)

// secretIn looks for a number that must not stand in free words: an ID-card number, a bank card, a mobile. Elsewhere
// (free false) only a valid ID-card number counts, since codes are long numbers too.
func secretIn(s string, free bool) secretKind {
	for digits, run := range digitRuns(s) {
		switch {
		case validID(run):
			return idNumber
		case !free:
		case len(digits) >= 16 && len(digits) <= 19 && luhn(digits):
			return bankCard
		case mobileRE.MatchString(digits):
			return mobileNumber
		}
	}
	return noSecret
}

// SecretIn looks for an ID-card number, a bank card or a mobile number in free words and, if there is one, says in a sentence
// what to do about it. It never repeats the number.
func SecretIn(words string) (say planner.Text, found bool) {
	switch secretIn(words, true) {
	case idNumber:
		return planner.Text{ZH: "里面像有身份证号码，请删去：这里不记身份证号。", EN: "this looks like an ID-card number; delete it, none is kept here"}, true
	case bankCard:
		return planner.Text{ZH: "里面像有银行卡号，请删去：这里不记银行卡号。", EN: "this looks like a bank card's number; delete it, none is kept here"}, true
	case mobileNumber:
		return planner.Text{ZH: "里面像有手机号，请删去：联系方式只在名册里加密保存。", EN: "this looks like a mobile number; delete it, contacts are kept encrypted in the roster alone"}, true
	}
	return planner.Text{}, false
}

// digitRuns yields each run of eleven digits or more, with and without the X that may end an ID-card number. By hand,
// since every cell of a million rows comes here.
func digitRuns(s string) iter.Seq2[string, string] {
	return func(yield func(digits, run string) bool) {
		for i := 0; i < len(s); i++ {
			from := i
			for i < len(s) && digit(s[i]) {
				i++
			}
			end := i
			if end < len(s) && (s[end] == 'X' || s[end] == 'x') {
				end++
			}
			if i-from >= 11 && !yield(s[from:i], s[from:end]) {
				return
			}
		}
	}
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// isAreaCode reports whether s has the form of a division code: 6, 9 or 12 digits, or 12, "-" and 2.
func isAreaCode(s string) bool {
	switch len(s) {
	case 6, 9, 12:
	case 15:
		if s[12] != '-' || !digit(s[13]) || !digit(s[14]) {
			return false
		}
		s = s[:12]
	default:
		return false
	}
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return true
}

// validID checks an 18-digit citizen number: a possible birthday and the check digit of GB 11643 (ISO 7064 MOD 11-2).
func validID(s string) bool {
	if len(s) != 18 {
		return false
	}
	if y, m, d := s[6:10], s[10:12], s[12:14]; y < "1900" || y > "2100" || m < "01" || m > "12" || d < "01" || d > "31" {
		return false
	}
	sum := 0
	for i := range 17 {
		if !digit(s[i]) {
			return false
		}
		sum += int(s[i]-'0') * (1 << (17 - i) % 11)
	}
	return "10X98765432"[sum%11] == strings.ToUpper(s[17:])[0]
}

// luhn is the check of bank cards (ISO/IEC 7812-1 Annex B).
func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// hint shows the ends of a value that must not be shown whole.
func hint(s string) string {
	r := []rune(s)
	if len(r) <= 4 {
		return strings.Repeat("*", len(r))
	}
	return string(r[:2]) + "…" + string(r[len(r)-2:])
}
