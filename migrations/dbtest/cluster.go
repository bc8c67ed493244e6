package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"lianxin/migrations"
)

// Cluster is a throw-away PostgreSQL server of the caller's own, for tests and benchmarks that stop, kill or replace it.
// Unlike the shared server of [Postgres] it keeps its promises: commits wait for the log (fsync alone is off: the machine
// itself is not cut off). Remove it when done.
type Cluster struct {
	bin, dir string
	port     int
	attr     *syscall.SysProcAttr
	options  []string
}

// StartCluster makes and starts a server on a free port of this machine. Options are settings such as "max_connections=50".
func StartCluster(options ...string) (*Cluster, error) {
	c, err := newCluster(options)
	if err != nil {
		return nil, err
	}
	if err := c.run("initdb", "-D", c.data(), "-U", "app", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"); err != nil {
		c.Remove()
		return nil, err
	}
	if err := c.Start(); err != nil {
		c.Remove()
		return nil, err
	}
	return c, nil
}

func newCluster(options []string) (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	attr, err := unprivileged()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "lianxin-cluster-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin, dir: dir, attr: attr, options: options}
	if u := attr.Credential; u != nil {
		if err := os.Chown(dir, int(u.Uid), int(u.Gid)); err != nil {
			return nil, err
		}
	}
	if c.port, err = freePort(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *Cluster) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(c.bin, program), args...)
	cmd.Dir, cmd.SysProcAttr = c.dir, c.attr
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, out)
	}
	return nil
}

// Port is the server's on 127.0.0.1.
func (c *Cluster) Port() int { return c.port }

// URL of a database of the server.
func (c *Cluster) URL(database string) string { return URLAt(c.port, database) }

// URLAt is the URL of a database behind any port of this machine, such as a proxy's.
func URLAt(port int, database string) string {
	return fmt.Sprintf("postgres://app@127.0.0.1:%d/%s?sslmode=disable", port, database)
}

// Start starts a stopped server and waits until it answers.
func (c *Cluster) Start() error {
	settings := fmt.Sprintf("-c listen_addresses=127.0.0.1 -p %d -k %s -c fsync=off -c full_page_writes=off", c.port, c.dir)
	for _, o := range c.options {
		settings += " -c " + o
	}
	return c.run("pg_ctl", "-D", c.data(), "-w", "-s", "-l", filepath.Join(c.dir, "log"), "-o", settings, "start")
}

// Stop stops the server: "fast" lets it say goodbye, "immediate" is a crash.
func (c *Cluster) Stop(mode string) error {
	return c.run("pg_ctl", "-D", c.data(), "-w", "-s", "-m", mode, "stop")
}

// Remove stops the server and removes its data.
func (c *Cluster) Remove() {
	_ = c.Stop("immediate") // it may be stopped already
	os.RemoveAll(c.dir)
}

// Standby makes and starts a copy of the server that follows it over the given port of this machine (its own, or a
// proxy's before it) under the name.
func (c *Cluster) Standby(name string, over int) (*Cluster, error) {
	s, err := newCluster(c.options)
	if err != nil {
		return nil, err
	}
	from := fmt.Sprintf("host=127.0.0.1 port=%d user=app application_name=%s", over, name)
	err = s.run("pg_basebackup", "-D", s.data(), "-d", from, "-X", "stream", "-c", "fast", "-R", "--no-sync")
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		s.Remove()
		return nil, err
	}
	return s, nil
}

// Promote makes a standby the server.
func (c *Cluster) Promote() error { return c.run("pg_ctl", "-D", c.data(), "-w", "-s", "promote") }

// Exec runs a statement in the database postgres.
func (c *Cluster) Exec(statement string) error { return execute(c.URL("postgres"), statement) }

// Database makes a migrated database and returns its URL.
func (c *Cluster) Database(ctx context.Context, name string) (string, error) {
	if err := c.Exec("CREATE DATABASE " + name); err != nil {
		return "", err
	}
	return c.URL(name), Migrate(ctx, c.URL(name))
}

// Migrate brings the database of the URL (sqlite:PATH or postgres://…) to the schema of this program.
func Migrate(ctx context.Context, url string) error {
	driver, dsn := "postgres", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, dsn = "sqlite", "file:"+path
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	_, err = migrations.Up(ctx, driver, db)
	return errors.Join(err, db.Close())
}
