package publisher

import "testing"

// TestPitfalls holds our feeds clear of what breaks others in real readers, by
// the pitfalls' numbers. Where a statement says the same, its test stands here
// again.
func TestPitfalls(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		// identity
		"X1": testA2, "X2": testX2, "X3": testX3, "X4": testX4, "X5": testX5,
		// dates
		"X6": testX6, "X7": testX7, "X8": testR2, "X9": testX9, "X10": testX10,
		// markup
		"X11": testX11, "X12": testX12, "X13": testX13, "X14": testX14, "X15": testX15, "X16": testX16, "X17": testX17,
		"X18": testX18, "X19": testX19, "X20": testX20, "X21": testX21, "X22": testX22,
		// links
		"X23": testX23, "X24": testX24, "X25": testX25, "X26": testX26,
		// HTTP
		"X27": testX27, "X28": testC1, "X29": testC2, "X30": testX30, "X31": testX31, "X32": testX32, "X33": testX33,
		"X34": testX34, "X35": testX35, "X36": testX36,
		// size
		"X37": testX37, "X38": testX38, "X39": testX39, "X40": testX40,
		// semantics
		"X41": testN3, "X42": testA10, "X43": testX43, "X44": testX44, "X45": testX45, "X46": testX46, "X47": testX47,
	} {
		t.Run(name, test)
	}
}
