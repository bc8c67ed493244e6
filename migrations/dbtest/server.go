package dbtest

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// errNoServer is what a machine without PostgreSQL reads.
var errNoServer = errors.New("PostgreSQL is missing: run `apt-get install --no-install-recommends postgresql`, " +
	"or set LIANXIN_TEST_POSTGRES to an administrator's URL of a server")

// adminURL returns the URL by which databases are made. It is found or started once per test program.
var adminURL = sync.OnceValues(func() (string, error) {
	if url := os.Getenv("LIANXIN_TEST_POSTGRES"); url != "" {
		return url, nil
	}
	if err := stayCounted(); err != nil {
		return "", err
	}
	var url string
	err := locked("server.lock", func() (err error) {
		noted := filepath.Join(home(), "url")
		if b, err := os.ReadFile(noted); err == nil && execute(string(b), "SELECT 1") == nil {
			url = string(b)
			return nil
		}
		if url, err = startServer(); err != nil {
			return err
		}
		return os.WriteFile(noted, []byte(url), 0o644)
	})
	return url, err
})

// home is the folder that all test programs of one user share.
func home() string {
	return filepath.Join(os.TempDir(), "lianxin-postgres-"+strconv.Itoa(os.Getuid()))
}

// locked runs fn while no other test program holds the lock file of that name.
func locked(name string, fn func() error) error {
	f, err := lockFile(name, syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer f.Close()
	return fn()
}

// usersLock is held shared by each test program until it ends; the server's watchman stops the server once nobody
// holds it.
const usersLock = "users.lock"

var counted []*os.File // keeps the shared lock for the life of the program

func stayCounted() error {
	f, err := lockFile(usersLock, syscall.LOCK_SH)
	counted = append(counted, f)
	return err
}

func lockFile(name string, how int) (*os.File, error) {
	if err := os.MkdirAll(home(), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(home(), name), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		if err = syscall.Flock(int(f.Fd()), how); err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return f, nil
}

// startServer makes and starts a cluster in a new folder and leaves a watchman to stop and remove it.
func startServer() (string, error) {
	keepToOurselves()
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	attr, err := unprivileged()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "lianxin-postgres-data-") // not t.TempDir: root's is closed to others
	if err != nil {
		return "", err
	}
	if c := attr.Credential; c != nil {
		if err := os.Chown(dir, int(c.Uid), int(c.Gid)); err != nil {
			return "", err
		}
	}
	port, err := freePort()
	if err != nil {
		return "", err
	}
	data := filepath.Join(dir, "data")
	steps := []*exec.Cmd{
		exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "app", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"),
		exec.Command(filepath.Join(bin, "pg_ctl"), "-D", data, "-w", "-s", "-l", filepath.Join(dir, "log"), "-o", fmt.Sprintf(
			"-c listen_addresses=127.0.0.1 -p %d -k %s -c fsync=off -c synchronous_commit=off -c full_page_writes=off", port, dir), "start"),
	}
	for _, step := range steps {
		step.Dir, step.SysProcAttr = dir, attr
		if out, err := step.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w\n%s", filepath.Base(step.Path), err, out)
		}
	}
	if err := leaveWatchman(bin, dir, attr); err != nil {
		return "", err
	}
	url := fmt.Sprintf("postgres://app@127.0.0.1:%d/postgres?sslmode=disable", port)
	db, err := sql.Open("postgres", url)
	if err != nil {
		return "", err
	}
	defer db.Close()
	return url, db.Ping()
}

// keepToOurselves keeps files that this program inherited, such as the lock of a script that runs it, from the server and
// its watchman, which outlive it.
func keepToOurselves() {
	names, _ := filepath.Glob("/proc/self/fd/*") // elsewhere there are none, and nothing is done
	for _, name := range names {
		if fd, err := strconv.Atoi(filepath.Base(name)); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}

// leaveWatchman starts a shell that looks once a minute whether any test program is left, and else stops the server
// and removes its data. A test program takes the shared lock before it looks for the server, so none is surprised.
func leaveWatchman(bin, dir string, attr *syscall.SysProcAttr) error {
	script := `while sleep 60; do if flock -n -x "$1" "$2" -D "$3/data" -m immediate -s stop; then rm -rf "$3"; exit; fi
		test -d "$3/data" || exit; done`
	watchman := exec.Command("sh", "-c", script, "sh", filepath.Join(home(), usersLock), filepath.Join(bin, "pg_ctl"), dir)
	watchman.Dir = "/"
	watchman.SysProcAttr = &syscall.SysProcAttr{Credential: attr.Credential, Setsid: true}
	if err := watchman.Start(); err != nil {
		return fmt.Errorf("start the server's watchman: %w", err)
	}
	return watchman.Process.Release()
}

// binaries returns the folder of the newest installed server.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		onPath, err := exec.LookPath("initdb")
		if err != nil {
			return "", errNoServer
		}
		return filepath.Dir(onPath), nil
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

// unprivileged returns how to run the server: as ourselves, or as postgres or nobody if we are root, since initdb
// refuses root.
func unprivileged() (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return nil, errors.New("running as root, and neither the user postgres nor nobody exists to run PostgreSQL as")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
