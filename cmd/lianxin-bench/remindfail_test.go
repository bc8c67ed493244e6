package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// A server that crashes, and one whose standby takes over: nothing is lost or doubled. If the standby was behind, what it does not
// know is found. LIANXIN_TEST_FAILOVER is the number of reminders.
func TestFailOverLosesAndDoublesNothing(t *testing.T) {
	n := "300"
	if v := os.Getenv("LIANXIN_TEST_FAILOVER"); v != "" {
		n = v
	}
	for _, how := range []string{"restart", "sync", "async"} {
		t.Run(how, func(t *testing.T) {
			all, last := reminders(t, "--db", "postgres", "--failover", how, "--reminders", n, "--kills", "4", "--workers", "2", "--timeout", "2000")
			t.Log(all)
			if !regexp.MustCompile(fmt.Sprintf(`^due %s handed %[1]s lost 0 doubled 0 uncertain \d+ takeover_p99 -$`, n)).MatchString(last) {
				t.Errorf("got %q", last)
			}
			if !strings.Contains(all, "doubled at vendors that honour the key 0, at the others 0\n") {
				t.Errorf("the two counts are not told apart:\n%s", all)
			}
			if how != "async" {
				return
			}
			var entered, there, lost int
			line := regexp.MustCompile(`of \d+ reminders entered.*`).FindString(all)
			if _, err := fmt.Sscanf(line, "of %d reminders entered the standby has %d: %d are lost", &entered, &there, &lost); err != nil || lost != entered-there || lost == 0 {
				t.Errorf("the standby was not behind, so nothing is shown: %q, %v", line, err)
			}
			if !strings.Contains(all, "; 0 have no delivery in the ledger\n") {
				t.Errorf("messages that no delivery explains:\n%s", all)
			}
		})
	}
}
