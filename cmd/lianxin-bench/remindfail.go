package main

import "context"

func (c *remindCmd) failover(ctx context.Context, s *settings) error { return nil }
func (c *remindCmd) morning(ctx context.Context, s *settings) error  { return nil }
