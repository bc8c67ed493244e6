package verify

// For the tests of package verify_test.
var (
	LeastByBlocks = leastByBlocks
	LeastByHand   = leastByHand
)
