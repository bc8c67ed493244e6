package main

// matterCmd handles petition matters.
type matterCmd struct {
	Deadlines matterDeadlinesCmd `cmd:"" help:"按法规核算一张期限表，不需要数据库。 Reckon a table of statutory deadlines; needs no database."`
}
