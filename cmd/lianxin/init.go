package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"gopkg.in/yaml.v3"

	"lianxin/migrations"
	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// initCmd sets up a new office: key file, schema, first administrator.
type initCmd struct {
	Admin        string `default:"admin" help:"管理员登录名。 Login of the administrator."`
	PasswordFile string `placeholder:"FILE" help:"从文件第一行读密码；默认从标准输入读。 Read the password from a file's first line instead of standard input."`
}

// Run creates what is missing and never overwrites a key file: without it the contacts are lost.
func (c *initCmd) Run(ctx context.Context, s *Settings) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	var in = os.Stdin
	if c.PasswordFile != "" {
		f, err := os.Open(c.PasswordFile)
		if err != nil {
			return &planner.Error{Kind: planner.Invalid, Where: c.PasswordFile, Err: err,
				Say: planner.Text{ZH: "读不到密码文件。", EN: "the password file cannot be read."}}
		}
		defer f.Close()
		in = f
	} else {
		s.say("请输入管理员“%s”的密码（至少 10 个字符），回车结束：", "Password for administrator %s (10 characters or more), then Enter:", c.Admin)
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	password := strings.TrimRight(line, "\r\n")
	if err != nil && password == "" {
		return invalid("没有读到密码。请再运行一次并输入，或用 --password-file。", "no password was read; run again and type one, or use --password-file.")
	}
	return s.with(ctx, "init", func(app *pipeline.App) error {
		if err := app.InitAdmin(ctx, c.Admin, password); err != nil {
			return err
		}
		wrote, err := s.writeSettings()
		if err != nil {
			return err
		}
		if wrote {
			s.say("县名、单位、电话等设置写在 %s，请先改成本地的。", "County, office and phone stand in %s; make them yours first.", settingsFile)
		}
		s.say("好了。密钥文件 %s 请另存一份，但不要和数据库备份放在一起。\n下一步：lianxin template --out 空白表", "Done. Keep a copy of the key file %s apart from the backups.\nNext: lianxin template --out DIR", s.Keys)
		return nil
	})
}

// writeSettings writes a settings file to edit, unless one is in use.
func (s *Settings) writeSettings() (bool, error) {
	if s.fileName != "" {
		return false, nil
	}
	lines := []struct{ comment, name, value string }{
		{"县（市、区）名 name of the county", "county", s.County},
		{"公示落款单位 the office that signs notices", "office", s.Office},
		{"接待大厅 the reception hall", "hall", s.Hall},
		{"咨询电话，办公电话 the office's phone", "phone", s.Phone},
		{"发信地址 sender of mails", "mail", s.Mail},
		{"网页地址，写进提醒和日历 address of the pages", "base-url", s.BaseURL},
		{"日历编号的主机名，用起来以后不要再改 host part of calendar UIDs; never change it later", "host", s.Host},
	}
	return true, create(settingsFile, func(w io.Writer) error {
		for _, l := range lines {
			value, err := yaml.Marshal(map[string]string{l.name: l.value})
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "# %s\n%s\n", l.comment, value); err != nil {
				return err
			}
		}
		return nil
	})
}

// prepare makes the key file if there is none and migrates the database.
func (s *Settings) prepare(ctx context.Context) error {
	if _, err := os.Stat(s.Keys); errors.Is(err, fs.ErrNotExist) {
		if _, err := store.CreateKeyring(s.Keys); err != nil {
			return err
		}
	}
	_, err := store.Migrate(ctx, s.Database)
	return err
}

// migrateCmd brings the schema up to this version.
type migrateCmd struct{}

// Run applies what is missing; replicas that start together wait for one another.
func (migrateCmd) Run(ctx context.Context, s *Settings) error {
	n, err := store.Migrate(ctx, s.Database)
	if err != nil {
		return err
	}
	s.say("已应用 %d 项结构升级。", "%d migrations applied.", n)
	return nil
}

// versionCmd prints the version.
type versionCmd struct{}

// Run prints it on standard output.
func (versionCmd) Run(s *Settings) error {
	schema, err := migrations.Latest("sqlite")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "lianxin %s (schema %d)\n", version, schema)
	return err
}
