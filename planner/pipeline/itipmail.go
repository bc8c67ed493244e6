package pipeline

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"

	"github.com/emersion/go-ical"

	"lianxin/planner"
	"lianxin/planner/feed"
)

// Limits of a mail that is taken in: an answer is a few kilobytes.
const (
	maxReplyMail  = 2 << 20
	maxReplyParts = 50
	maxReplyDepth = 5
)

// readReply finds the calendar in a mail, its header, and its sender's address in lower case.
func readReply(message []byte) (*ical.Calendar, mail.Header, string, error) {
	if len(message) > maxReplyMail {
		return nil, nil, "", badMail("太大", "it is too large", nil)
	}
	m, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		return nil, nil, "", badMail("不是电子邮件", "it is no mail", err)
	}
	from, err := mail.ParseAddress(m.Header.Get("From"))
	if err == nil && len(m.Header["From"]) != 1 { // programs show one of them, and servers prove another
		err = errTwoSenders
	}
	if err != nil {
		return nil, nil, "", badMail("没有发件人", "it has no sender", err)
	}
	parts := 0
	text, err := calendarPart(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, 0, &parts)
	if err != nil {
		return nil, nil, "", badMail("里没有日历答复", "there is no calendar in it", err)
	}
	cal, err := feed.Decode(bytes.NewReader(text))
	return cal, m.Header, strings.ToLower(from.Address), err
}

var errTwoSenders = errors.New("more than one From")

func badMail(zh, en string, err error) error {
	e := planner.Fail(planner.Invalid, "这封邮件"+zh+"。", "this mail is of no use: "+en+".")
	e.Err = err
	return e
}

// calendarPart walks a mail's parts and returns the first calendar: text/calendar, else application/ics.
func calendarPart(contentType, encoding string, body io.Reader, depth int, parts *int) ([]byte, error) {
	if *parts++; *parts > maxReplyParts || depth > maxReplyDepth {
		return nil, errNoCalendarPart
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, errNoCalendarPart
	}
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if err != nil {
				return nil, errNoCalendarPart
			}
			text, err := calendarPart(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, depth+1, parts)
			if err == nil {
				return text, nil
			}
		}
	case kind == "text/calendar", kind == "application/ics":
		switch strings.ToLower(strings.TrimSpace(encoding)) {
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		}
		return io.ReadAll(io.LimitReader(body, maxReplyMail))
	}
	return nil, errNoCalendarPart
}
