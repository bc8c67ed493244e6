package notifier

import (
	"errors"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mailWords decodes headers.
type mailWords struct{ mime.WordDecoder }

func (w *mailWords) decode(t *testing.T, s string) string {
	t.Helper()
	out, err := w.DecodeHeader(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAFileHonoursTheKey(t *testing.T) {
	f := File{Label: "slip", Dir: filepath.Join(t.TempDir(), "slips")}
	m := sample
	m.Subject = "一行\r\nBcc: x@example.org"
	for range 2 {
		r, err := f.Send(t.Context(), m)
		if err != nil || !r.Delivered || r.ID != "KEY1.eml" {
			t.Fatalf("got %+v, %v, want it delivered as KEY1.eml", r, err)
		}
		m.Text = "another text under the same key"
	}
	names, err := os.ReadDir(f.Dir)
	if err != nil || len(names) != 1 {
		t.Fatalf("files: got %d, %v, want 1 and no draft left", len(names), err)
	}
	b, err := os.ReadFile(filepath.Join(f.Dir, "KEY1.eml"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "㛃𠮷𬭎龘喆\r\n") || strings.Contains(string(b), "\r\nBcc:") {
		t.Errorf("got\n%s\nwant the first text whole and no header smuggled in", b)
	}
	if r, taken, err := f.Lookup(t.Context(), "KEY1"); err != nil || !taken || !r.Delivered {
		t.Errorf("look-up: got %+v, %v, %v, want it taken", r, taken, err)
	}
	if _, taken, err := f.Lookup(t.Context(), "KEY2"); err != nil || taken {
		t.Errorf("look-up of another: got %v, %v, want not taken", taken, err)
	}
}

func TestAKeyThatIsAPathIsRefused(t *testing.T) {
	f := File{Dir: t.TempDir()}
	for _, key := range []string{"", "../x", "a/b", `a\b`, ".hidden"} {
		m := sample
		m.Key = key
		if _, err := f.Send(t.Context(), m); !errors.As(err, new(*Permanent)) {
			t.Errorf("%q: got %v, want Permanent", key, err)
		}
	}
}

func TestAFolderThatCannotBeMadeIsTemporary(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "a-file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (File{Dir: filepath.Join(blocked, "slips")}).Send(t.Context(), sample); !errors.As(err, new(*Temporary)) {
		t.Errorf("got %v, want Temporary", err)
	}
}
