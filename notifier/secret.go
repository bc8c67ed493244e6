package notifier

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Secret is a key, password or token. However it is printed, logged or marshalled it shows as [hidden]; only an explicit
// conversion to string gives it away, which a channel does where it signs.
type Secret string

const hidden = "[hidden]"

// Format prints the mark for every verb.
func (s Secret) Format(f fmt.State, _ rune) {
	if s != "" {
		io.WriteString(f, hidden)
	}
}

// MarshalJSON gives the mark.
func (s Secret) MarshalJSON() ([]byte, error) {
	if s == "" {
		return []byte(`""`), nil
	}
	return json.Marshal(hidden)
}

// MarshalText gives the mark, to log/slog among others.
func (s Secret) MarshalText() ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	return []byte(hidden), nil
}

// longDigits are mobile, card and ID numbers, also with their country's prefix and grouped by blanks or hyphens.
var longDigits = regexp.MustCompile(`\+?\d(?:[ -]?\d){6,}[Xx]?`)

// saidMost is how much of a vendor's words an error keeps.
const saidMost = 200

// unreveal takes out of a vendor's words what must not reach a log or a page: the hidden texts and every number of seven
// digits or more, since vendors like to repeat the phone number they object to.
func unreveal(text string, hide ...string) string {
	for _, h := range hide {
		if h != "" {
			text = strings.ReplaceAll(text, h, hidden)
		}
	}
	return clipBytes(oneLine(longDigits.ReplaceAllString(plain(text), hidden)), saidMost)
}
