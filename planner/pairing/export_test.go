package pairing

// For the tests of package pairing_test.
var (
	PlaceBlocks = placeBlocks
	Problem     = problem
)
