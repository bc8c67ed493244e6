package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianxin/planner"
)

func basic(login, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(login+":"+password))
}

// measured is one run of wrk.
type measured struct {
	perSecond float64
	p99       string
	errors    int
	cpu       float64 // microseconds of this process for an answer
	client    float64 // of wrk
}

// middle is the run with the median rate.
func middle(list []measured) measured {
	list = slices.SortedFunc(slices.Values(list), func(a, b measured) int { return cmp.Compare(a.perSecond, b.perSecond) })
	m := list[len(list)/2]
	for _, o := range list {
		m.errors = max(m.errors, o.errors)
	}
	return m
}

// least is the least processor time of any run: what else the machine did only ever adds to it.
func least(list []measured) (server, client float64) {
	server, client = list[0].cpu, list[0].client
	for _, m := range list {
		server, client = min(server, m.cpu), min(client, m.client)
	}
	return server, client
}

var (
	wrkCount  = regexp.MustCompile(`(\d+) requests in`)
	wrkRate   = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	wrkP99    = regexp.MustCompile(`(?m)^\s+99%\s+(\S+)`)
	wrkErrors = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
)

// wrk loads a calServer with one kind of request.
func (c *feedsCmd) wrk(ctx context.Context, dir string, l load, s calServer) (m measured, err error) {
	program, err := exec.LookPath("wrk")
	if err != nil {
		return m, absent("wrk", "wrk")
	}
	lua := filepath.Join(dir, "load.lua")
	text, err := luaOf(ctx, l.Name, s, l.url(s))
	if err != nil {
		return m, err
	}
	if err := os.WriteFile(lua, []byte(text), 0o600); err != nil {
		return m, err
	}
	stop, err := c.profile(l, s)
	if err != nil {
		return m, err
	}
	before := cpuTime()
	cmd := exec.CommandContext(ctx, program, "-t1", "-c"+strconv.Itoa(c.Conns), "-d"+strconv.Itoa(c.Seconds)+"s", "--latency", "-s", lua, l.url(s))
	out, err := cmd.CombinedOutput()
	spent := cpuTime() - before
	stop()
	if err != nil {
		return m, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	if n := wrkCount.FindSubmatch(out); n != nil {
		count, _ := strconv.ParseFloat(string(n[1]), 64)
		m.cpu = float64(spent.Microseconds()) / max(count, 1)
		m.client = float64((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Microseconds()) / max(count, 1)
	}
	rate := wrkRate.FindSubmatch(out)
	if rate == nil {
		return m, fmt.Errorf("wrk says\n%s", out)
	}
	m.perSecond, _ = strconv.ParseFloat(string(rate[1]), 64)
	if p := wrkP99.FindSubmatch(out); p != nil {
		m.p99 = string(p[1])
	}
	if e := wrkErrors.FindSubmatch(out); e != nil {
		m.errors, _ = strconv.Atoi(string(e[1]))
	}
	return m, nil
}

// profile writes down what the server does until it is stopped.
func (c *feedsCmd) profile(l load, s calServer) (stop func(), err error) {
	if c.Profile == "" || !s.ours {
		return func() {}, nil
	}
	f, err := os.Create(filepath.Join(c.Profile, strings.ReplaceAll(l.Name, " ", "-")+".prof"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, nil
}

// luaOf is wrk's script for a kind of request.
func luaOf(ctx context.Context, name string, s calServer, url string) (string, error) {
	var b strings.Builder
	set := func(header, value string) { fmt.Fprintf(&b, "wrk.headers[%q] = %q\n", header, value) }
	if s.Auth != "" {
		set("Authorization", s.Auth)
	}
	switch name {
	case "304":
		tag, err := tagOf(ctx, url)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "wrk.headers[\"If-None-Match\"] = [[%s]]\n", tag)
		set("Accept-Encoding", "gzip")
	case "200 gzip":
		set("Accept-Encoding", "gzip")
	case "PROPFIND depth 1":
		fmt.Fprintf(&b, "wrk.method = \"PROPFIND\"\nwrk.body = [[%s]]\n", benchPropfind)
		set("Depth", "1")
		set("Content-Type", "application/xml")
	case "multiget":
		fmt.Fprintf(&b, "wrk.method = \"REPORT\"\nwrk.body = [[%s", `<?xml version="1.0"?><C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop>`)
		for _, h := range s.objs {
			b.WriteString("<D:href>" + h + "</D:href>")
		}
		b.WriteString("</C:calendar-multiget>]]\n")
		set("Depth", "1")
		set("Content-Type", "application/xml")
	}
	return b.String(), nil
}

func tagOf(ctx context.Context, url string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	res.Body.Close()
	return res.Header.Get("Etag"), nil
}

func absent(program, pkg string) error {
	return &planner.Error{Kind: planner.Unavailable, Say: planner.Text{ZH: "没有 " + program + "，请先运行：apt-get install -y " + pkg, EN: program + " is not installed; run first: apt-get install -y " + pkg}}
}

// serveBare answers with the octets of our feed and does nothing else: what a Go program of this kind could reach.
func serveBare(ctx context.Context, ours calServer) (s calServer, stop func(), err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, ours.Base+ours.Feed, nil)
	if err != nil {
		return s, nil, err
	}
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return s, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return s, nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return s, nil, err
	}
	tag, length := res.Header["Etag"], []string{strconv.Itoa(len(body))}
	srv := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Etag"] = tag
		if r.Header.Get("If-None-Match") == tag[0] {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header()["Content-Type"], w.Header()["Content-Length"] = res.Header["Content-Type"], length
		_, _ = w.Write(body)
	})}
	go srv.Serve(l)
	return calServer{Base: "http://" + l.Addr().String(), Feed: ours.Feed}, func() { srv.Close() }, nil
}

// serveRadicale starts Debian's Radicale on an empty folder and puts the objects into it.
func serveRadicale(ctx context.Context, dir string, objects map[string][]byte) (s calServer, stop func(), err error) {
	program, err := exec.LookPath("radicale")
	if err != nil {
		return s, nil, absent("Radicale", "radicale")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return s, nil, err
	}
	address := l.Addr().String()
	l.Close()
	config := filepath.Join(dir, "radicale.conf")
	text := fmt.Sprintf("[server]\nhosts = %s\n[auth]\ntype = none\n[rights]\ntype = authenticated\n[storage]\nfilesystem_folder = %s\n[logging]\nlevel = error\n", address, filepath.Join(dir, "radicale"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return s, nil, err
	}
	cmd := exec.CommandContext(ctx, program, "--config", config)
	if err := cmd.Start(); err != nil {
		return s, nil, err
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	s = calServer{Base: "http://" + address, Home: "/user/work/", Auth: basic("user", "user")}
	do := func(method, path string, body []byte) (int, error) {
		r, err := http.NewRequestWithContext(ctx, method, s.Base+path, bytes.NewReader(body))
		if err != nil {
			return 0, err
		}
		r.Header.Set("Authorization", s.Auth)
		r.Header.Set("Content-Type", "text/calendar")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, err
		}
		res.Body.Close()
		return res.StatusCode, nil
	}
	for try := 0; ; try++ {
		if status, err := do("MKCALENDAR", s.Home, nil); err == nil && status == http.StatusCreated {
			break
		} else if try == 100 {
			stop()
			return s, nil, fmt.Errorf("radicale does not begin: %d, %w", status, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	for name, data := range objects {
		if status, err := do(http.MethodPut, s.Home+name, data); err != nil || status != http.StatusCreated {
			stop()
			return s, nil, fmt.Errorf("put %s to radicale: %d, %w", name, status, err)
		}
		s.objs = append(s.objs, s.Home+name)
	}
	return s, stop, nil
}
