package main

import (
	"bytes"
	"net"
	netsmtp "net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A folder of mails and the SMTP port take in what comes, and lose nothing: what is no answer is put aside.
func TestAnInboxIsReadOnceAndThePortTakesMails(t *testing.T) {
	p := newProgram(t, "").start()
	inbox := filepath.Join(p.dir, "inbox")
	for name, text := range map[string]string{"new/1": "From: a@b.c\r\nContent-Type: text/plain\r\n\r\naway\r\n", "cur/2": "no mail at all", "new/3": "From: a@b.c\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:nothing\r\nDTSTAMP:20260105T000000Z\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.c\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"} {
		path := filepath.Join(inbox, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out := p.run("itip", "inbox", inbox, "--json"); !strings.Contains(out, `"answers":0,"other":3`) && !strings.Contains(out, `"other": 3`) {
		t.Errorf("got %s, want three mails put aside", out)
	}
	if out := p.run("itip", "inbox", inbox, "--json"); !strings.Contains(strings.ReplaceAll(out, " ", ""), `"other":0`) {
		t.Errorf("a second reading found them again: %s", out)
	}
	if files, _ := filepath.Glob(filepath.Join(inbox, "lianxin-other", "*")); len(files) != 3 {
		t.Errorf("got %v put aside, want three", files)
	}
	if out := p.run("itip", "list", "--json"); strings.TrimSpace(out) != "null" && strings.TrimSpace(out) != "[]" {
		t.Errorf("got %s", out)
	}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	c := p.cmd("itip", "listen", "--listen", address)
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		c.Process.Signal(os.Interrupt)
		c.Wait()
	}()
	for start := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		err = netsmtp.SendMail(address, nil, "a@b.c", []string{"rili@lianxin.example"}, []byte("From: a@b.c\r\nContent-Type: text/plain\r\n\r\naway\r\n"))
		if err == nil {
			break
		}
		if time.Since(start) > 20*time.Second {
			t.Fatalf("the port takes no mail: %v\n%s", err, said.String())
		}
	}
}
