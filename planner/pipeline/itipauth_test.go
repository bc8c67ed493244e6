package pipeline

import (
	"net/mail"
	"testing"
)

func TestWhatStandsInQuotesProvesNothing(t *testing.T) {
	for field, want := range map[string]bool{
		`mx.example.org; dkim=pass header.d=office.example`:                                                       true,
		`mx.example.org 1; spf=fail; dkim=pass (2048-bit; "rsa") header.i=@office.example`:                        true,
		`mx.example.org; dkim=pass reason="good; really" header.d=office.example`:                                 true,
		`mx.example.org; dkim=pass header.i="a header.d=office.example"@evil.example header.d=evil.example`:       false,
		`mx.example.org; dkim=pass reason="x header.d=office.example" header.d=evil.example`:                      false,
		`mx.example.org; spf=pass smtp.mailfrom="a; dmarc=pass header.from=office.example"@evil.example`:          false,
		`mx.example.org; dkim=pass (header.d=office.example) header.d=evil.example`:                               false,
		`mx.example.org; dkim=pass header.i="a\" header.d=office.example \"b"@evil.example header.d=evil.example`: false,
		`other.example; dkim=pass header.d=office.example`:                                                        false,
	} {
		if got := vouched(mail.Header{"Authentication-Results": {field}}, "mx.example.org", "wang@office.example"); got != want {
			t.Errorf("%s: got %v, want %v", field, got, want)
		}
	}
}
