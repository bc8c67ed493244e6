package notifier

import (
	"errors"
	"net/url"
	"strings"
)

// pieces are the message's items, or its subject and text as the only one.
func (m Message) pieces() []Item {
	if len(m.Items) > 0 {
		return m.Items
	}
	return []Item{{Title: m.Subject, Body: m.Text}}
}

// link is the message's link if it is one that may stand in a message.
func (m Message) link() string {
	u, err := url.Parse(m.Link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsAny(m.Link, "()<>\" \n") {
		return ""
	}
	return m.Link
}

// markdown is the message in the common part of the vendors' dialects, at most n bytes long: head as it is, titles in
// bold, bodies, the foot, and the link, which is kept when the rest must be cut. Cutting takes whole items first.
func (m Message) markdown(head string, n int) string {
	tail := ""
	if m.Foot != "" {
		tail += "\n\n" + unmark(m.Foot)
	}
	if l := m.link(); l != "" {
		tail += "\n\n[" + l + "](" + l + ")"
	}
	return head + join(m.pieces(), n-len(head)-len(tail), func(it Item, room int) string {
		title, body := unmark(oneLine(it.Title)), unmark(strings.TrimSpace(it.Body))
		if title == "" {
			return clipBytes(body, room)
		}
		if room < len("****")+len(ellipsis) {
			return ""
		}
		title = "**" + clipBytes(title, room-len("****")) + "**"
		if body == "" || len(title)+1 >= room {
			return title
		}
		return title + "\n" + clipBytes(body, room-len(title)-1)
	}) + tail
}

// text is the message as plain text of at most n bytes, each word through safe.
func (m Message) text(head string, n int, safe func(string) string) string {
	tail := ""
	if m.Foot != "" {
		tail += "\n\n" + safe(m.Foot)
	}
	if l := m.link(); l != "" {
		tail += "\n" + l
	}
	return head + join(m.pieces(), n-len(head)-len(tail), func(it Item, room int) string {
		return clipBytes(safe(strings.TrimSpace(oneLine(it.Title)+"\n"+it.Body)), room)
	}) + tail
}

// join sets items apart by a blank line and stops when the room is used up; only the last one is cut.
func join(items []Item, room int, word func(Item, int) string) string {
	var b strings.Builder
	for i, it := range items {
		left := room - b.Len()
		if i > 0 {
			left -= len("\n\n")
		}
		if left < len(ellipsis) {
			break
		}
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(word(it, left))
	}
	return b.String()
}

// fit makes a body with fewer and fewer bytes of words until it is small enough as JSON: quotation marks and line ends take
// two bytes there, and pieces have JSON around them.
func fit(most, words int, body func(words int) any) error {
	for ; words > 256; words = words * 3 / 4 {
		b, err := encode(body(words))
		if err != nil {
			return &Permanent{err}
		}
		if len(b) <= most {
			return nil
		}
	}
	return &Permanent{errors.New("the message is too large for this provider")}
}

// mention splits the address of a group's bot: after @ stands the member's ID, anything else is a name to open the text
// with. So people whose ID nobody knows can be told in the group as well.
func mention(to string) (id, name string) {
	if id, ok := strings.CutPrefix(to, "@"); ok {
		return id, ""
	}
	return "", to
}

// MemberID reports whether an ID may stand in an address of [ToMember], and after @ in one of [ToGroup].
func MemberID(id string) bool { return memberID(id) }

// memberID reports whether an ID has the characters that vendors give to members, so that it cannot break out of a mention
// or a list.
func memberID(id string) bool {
	if id == "" || len(id) > 64 || strings.EqualFold(id, "all") {
		return false // @all would ring everybody in the group
	}
	for _, r := range id {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-.", r)) {
			return false
		}
	}
	return true
}
