package web

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// ticks is what the box before a task does in Thunderbird's window: the item is completed and given back to its calendar, which
// sends it to the server.
const ticks = `const say = arguments[arguments.length - 1];
(async () => {
	const { cal } = ChromeUtils.importESModule("resource:///modules/calendar/calUtils.sys.mjs");
	for (const c of cal.manager.getCalendars()) {
		for (const item of await c.getItemsAsArray(Ci.calICalendar.ITEM_FILTER_ALL_ITEMS, 0, null, null)) {
			if (item.isTodo() && c.type == "caldav") {
				const ticked = item.clone();
				ticked.isCompleted = true;
				await c.modifyItem(ticked, item);
				say("ticked");
				return;
			}
		}
	}
	say("no task");
})().catch(e => say(String(e)));`

// tick runs Thunderbird, ticks its one task off by Marionette, Mozilla's own remote control, and returns what the script said.
func (b bird) tick(port int) string {
	b.t.Helper()
	defer b.run("-marionette", "-remote-allow-system-access")()
	var conn net.Conn
	for range 60 {
		var err error
		if conn, err = net.DialTimeout("tcp", "127.0.0.1:"+strconv.Itoa(port), time.Second); err == nil {
			break
		}
		time.Sleep(time.Second)
	}
	if conn == nil {
		b.t.Fatal("Thunderbird does not listen to Marionette")
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
	r := bufio.NewReader(conn)
	read := func() []byte { // LENGTH:JSON
		size, err := r.ReadString(':')
		n, bad := strconv.Atoi(strings.TrimSuffix(size, ":"))
		if err != nil || bad != nil {
			b.t.Fatalf("Marionette: %q, %v", size, err)
		}
		text := make([]byte, n)
		if _, err := io.ReadFull(r, text); err != nil {
			b.t.Fatalf("Marionette: %v", err)
		}
		return text
	}
	read() // its greeting
	number := 0
	do := func(command string, params any) json.RawMessage {
		number++
		text, err := json.Marshal([]any{0, number, command, params})
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := fmt.Fprintf(conn, "%d:%s", len(text), text); err != nil {
			b.t.Fatal(err)
		}
		var got []json.RawMessage
		if err := json.Unmarshal(read(), &got); err != nil || len(got) != 4 || string(got[2]) != "null" {
			b.t.Fatalf("%s: %s, %v", command, got, err)
		}
		return got[3]
	}
	do("WebDriver:NewSession", map[string]any{"capabilities": map[string]any{}})
	do("Marionette:SetContext", map[string]any{"value": "chrome"})
	do("WebDriver:SetTimeouts", map[string]any{"script": 60_000})
	said := ""
	for range 20 { // the window opens before the cache of calendars is read
		var answer struct{ Value string }
		if err := json.Unmarshal(do("WebDriver:ExecuteAsyncScript", map[string]any{"script": ticks, "args": []any{}}), &answer); err != nil {
			b.t.Fatal(err)
		}
		if said = answer.Value; said != "no task" {
			break
		}
		time.Sleep(time.Second)
	}
	return said
}
