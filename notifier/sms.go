package notifier

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// SMSForm says how a message becomes a text message. A vendor sends nothing but templates it has approved, so words go into
// the variables of one.
type SMSForm struct {
	Sign      string            // 短信签名 as approved
	Template  string            // code of the approved template
	Templates map[string]string // codes for messages that carry one item of these templates of ours; may be nil
	Params    []SMSParam        // of all these templates, in their order
}

// SMSParam is one variable of a template.
type SMSParam struct {
	Name string // the vendor's: title in ${title}; Tencent numbers them, there it is for people
	From string // what goes in: one of [SMSValues]
	Most int    // characters; zero: 35, the most that Aliyun takes
}

// SMSValues are what a variable can be filled with: the first item's title, its body, how many items there are, the
// message's subject, who signs, and the link.
var SMSValues = []string{"title", "body", "count", "subject", "foot", "link"}

const smsParamMost = 35

// smsUnsafe: carriers refuse 【】 in variables, since they mark the sender's name, and line ends.
var smsUnsafe = strings.NewReplacer("【", "（", "】", "）", "\n", " ", "\t", " ")

// Check reports a variable that cannot be filled.
func (f SMSForm) Check() error {
	_, err := f.values(Message{})
	return err
}

// code is the template for a message.
func (f SMSForm) code(m Message) string {
	if len(m.Items) == 1 {
		if own, ok := f.Templates[m.Items[0].Template]; ok {
			return own
		}
	}
	return f.Template
}

// values are what the variables hold, in the template's order. No variable is empty: vendors refuse that.
func (f SMSForm) values(m Message) ([]string, error) {
	pieces := m.pieces()
	all := map[string]string{"title": pieces[0].Title, "body": pieces[0].Body, "count": fmt.Sprint(len(pieces)), "subject": m.Subject, "foot": m.Foot, "link": m.link()}
	values := make([]string, len(f.Params))
	for i, p := range f.Params {
		v, known := all[p.From]
		if !known {
			return nil, fmt.Errorf("the template's variable %q wants %q; there are: %s", p.Name, p.From, strings.Join(SMSValues, ", "))
		}
		most := p.Most
		if most <= 0 {
			most = smsParamMost
		}
		v = clipRunes(strings.TrimSpace(smsUnsafe.Replace(plain(v))), most)
		if v == "" {
			v = "—"
		}
		values[i] = v
	}
	return values, nil
}

// mobileOf checks a mainland mobile number and returns its eleven digits. Its error does not show the number.
func mobileOf(to string) (string, error) {
	n := strings.TrimPrefix(strings.NewReplacer(" ", "", "-", "").Replace(to), "+86")
	ok := len(n) == 11 && n[0] == '1' && n[1] >= '3' && utf8.ValidString(n)
	for _, r := range n {
		ok = ok && r >= '0' && r <= '9'
	}
	if !ok {
		return "", &Permanent{errors.New("not a mainland mobile number")}
	}
	return n, nil
}
