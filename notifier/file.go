package notifier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"os"
	"path/filepath"
	"strings"
)

// File is the channel that writes each message into a text file of its own, shaped like a mail: for printed slips,
// for a demonstration, and as the outbox of another program. The file's name is the key, so sending a key twice
// leaves one file: the channel honours the key.
type File struct {
	Label string // the channel's name; empty: "file"
	Dir   string // made when needed
}

// Name returns the label.
func (f File) Name() string {
	if f.Label == "" {
		return "file"
	}
	return f.Label
}

// TakesKey is true.
func (f File) TakesKey() bool { return true }

// Send writes the file under another name, brings it to the disk and links it to its own name in one step, so that a
// reader never sees half a message and the first one written under a key stays.
func (f File) Send(ctx context.Context, m Message) (Receipt, error) {
	if err := ctx.Err(); err != nil {
		return Receipt{}, &Temporary{err}
	}
	if m.Key == "" || strings.ContainsAny(m.Key, `/\`) || strings.HasPrefix(m.Key, ".") {
		return Receipt{}, &Permanent{fmt.Errorf("key %q cannot name a file", m.Key)}
	}
	receipt := Receipt{ID: m.Key + ".eml", Delivered: true}
	path := f.path(m.Key)
	if _, err := os.Stat(path); err == nil {
		return receipt, nil
	}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return Receipt{}, &Temporary{err}
	}
	draft, err := os.CreateTemp(f.Dir, ".draft-*")
	if err != nil {
		return Receipt{}, &Temporary{err}
	}
	defer os.Remove(draft.Name())
	_, err = draft.Write(fileText(m))
	if err == nil {
		err = draft.Sync()
	}
	if closing := draft.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Link(draft.Name(), path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return Receipt{}, &Temporary{err}
	}
	return receipt, nil
}

// Lookup reports whether the key's file is there.
func (f File) Lookup(_ context.Context, key string) (Receipt, bool, error) {
	switch _, err := os.Stat(f.path(key)); {
	case err == nil:
		return Receipt{ID: key + ".eml", Delivered: true}, true, nil
	case errors.Is(err, fs.ErrNotExist):
		return Receipt{}, false, nil
	default:
		return Receipt{}, false, err
	}
}

func (f File) path(key string) string { return filepath.Join(f.Dir, key+".eml") }

// fileText is the message as a mail of plain text (RFC 5322, UTF-8, lines ended by CRLF). It has no Date line: the
// same message gives the same bytes.
func fileText(m Message) []byte {
	var b bytes.Buffer
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", name, mime.BEncoding.Encode("utf-8", oneLine(value)))
		}
	}
	line("To", m.To)
	line("Subject", m.Subject)
	line("X-Lianxin-Key", m.Key)
	if m.Urgent {
		line("Importance", "high")
	}
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
	text := strings.ReplaceAll(m.Text, "\r\n", "\n")
	b.WriteString(strings.ReplaceAll(text, "\n", "\r\n"))
	if !strings.HasSuffix(text, "\n") {
		b.WriteString("\r\n")
	}
	return b.Bytes()
}

// oneLine takes out what would begin a new header.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
