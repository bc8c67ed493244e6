package notifier

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// eximConf is a server that keeps what it takes in its spool: grey@ is asked to come back once, gone@ and spam@ are refused.
const eximConf = `
spool_directory = DIR
log_file_path = DIR/%slog
pid_file_path = DIR/pid
primary_hostname = post.example
exim_user = USER
exim_group = GROUP
domainlist local = example.org
acl_smtp_rcpt = rcpt
acl_smtp_data = data
tls_advertise_hosts =
queue_only
begin acl
rcpt:
  deny message = no such user
    local_parts = gone
  defer message = greylisted, come back
    local_parts = grey
    condition = ${if !exists{DIR/seen}}
    set acl_m_x = ${run{/bin/touch DIR/seen}}
  accept domains = +local
data:
  deny message = refused as spam
    condition = ${if match{$recipients}{spam}}
  accept
`

// startExim runs Debian's exim on a loopback port, without privileges of its own.
func startExim(t *testing.T) (dir string, port int) {
	t.Helper()
	program := "/usr/sbin/exim4"
	if _, err := os.Stat(program); err != nil {
		t.Fatal("exim is missing: apt-get install --no-install-recommends exim4-daemon-light")
	}
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	conf := strings.NewReplacer("DIR", dir, "USER", u.Username, "GROUP", g.Name).Replace(eximConf)
	file := filepath.Join(dir, "exim.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.Command(program, "-C", file, "-bdf", "-oX", fmt.Sprintf("127.0.0.1.%d", port))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			c.Close()
			return dir, port
		}
		if time.Now().After(deadline) {
			t.Fatalf("exim does not answer: %v %s", err, out.String())
		}
	}
}

// spooled counts the mails that exim has taken for an address.
func spooled(t *testing.T, dir, to string) (n int) {
	t.Helper()
	heads, err := filepath.Glob(filepath.Join(dir, "input", "*-H"))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range heads {
		b, err := os.ReadFile(h)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("\n"+to+"\n")) {
			n++
		}
	}
	return n
}

// cutter passes a conversation on, and drops it once the server has answered the end of a message.
func cutter(t *testing.T, to int) (port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	serve := func(c net.Conn) {
		defer c.Close()
		s, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", to))
		if err != nil {
			return
		}
		defer s.Close()
		ended := make(chan struct{})
		end := sync.OnceFunc(func() { close(ended) })
		wg.Go(func() {
			var tail []byte
			b := make([]byte, 4096)
			for {
				n, err := c.Read(b)
				tail = append(tail, b[:n]...)
				if bytes.HasSuffix(tail, []byte("\r\n.\r\n")) {
					end()
				}
				if len(tail) > 64 {
					tail = tail[len(tail)-8:]
				}
				if _, werr := s.Write(b[:n]); err != nil || werr != nil {
					return
				}
			}
		})
		b := make([]byte, 4096)
		for {
			n, err := s.Read(b)
			select {
			case <-ended: // the server's answer stays here
				return
			default:
			}
			if _, werr := c.Write(b[:n]); err != nil || werr != nil {
				return
			}
		}
	}
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { serve(c) })
		}
	})
	return l.Addr().(*net.TCPAddr).Port
}

func TestAConversationWithExim(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		dir, port := startExim(t)
		post := SMTP{Host: "127.0.0.1", Port: port, From: "office@lianxin.example", Domain: "lianxin.example", Security: PlainText, Timeout: 10 * time.Second}
		cut := post
		cut.Label, cut.Port = "cut", cutter(t, port)
		slip := &fake{name: "slip", keyed: true}
		o := newOffice(t, db)
		o.worker.Channels = []Channel{post, cut, slip}
		for _, who := range []string{"ok", "gone", "spam", "grey", "cut"} {
			channel := "mail"
			if who == "cut" {
				channel = "cut"
			}
			o.people[who] = Person{Addresses: []Address{{channel, who + "@example.org"}, {"slip", who}}}
			o.enqueue(notice(who, "s", who, "2026-01-05 08:00", ""))
		}
		out := o.run()
		want(t, "handed, failed, retried, uncertain", fmt.Sprint(out.Handed, out.Failed, out.Retried, out.Uncertain), "3 2 1 1")
		want(t, "slips of the refused", slip.texts(), []string{"gone: s/gone", "spam: s/spam"})
		o.runAt("2026-01-05 08:02")
		o.runAt("2026-01-05 08:10")
		for to, n := range map[string]int{"ok": 1, "gone": 0, "spam": 0, "grey": 1, "cut": 1} {
			if got := spooled(t, dir, to+"@example.org"); got != n {
				t.Errorf("mails to %s: got %d, want %d", to, got, n)
			}
		}
		want(t, "states", o.states(), []string{"s/cut due unknown-outcome", "s/gone done", "s/grey done", "s/ok done", "s/spam done"})
	})
}
