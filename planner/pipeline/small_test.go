package pipeline_test

import "os"

// smallTest reports whether sizes are to be small, as under the race detector: it looks for races, which a few rounds show as well as
// many. The plain run of the suite makes all of them.
func smallTest() bool { return os.Getenv("LIANXIN_TEST_SMALL") != "" }
