package text

// Flags of regions are a black flag, tag characters, and one that ends them
// (UTS #51, ED-14a): of all invisible characters only these mean something.
const (
	BlackFlag = '\U0001F3F4'
	tagEnd    = '\U000E007F'
	maxFlag   = 32 // tag characters of one flag: far more than any has
)

// Flag is how many bytes of s the flag of a region takes, 0 where s begins with
// none but the black one.
func Flag(s string) int {
	n := 0
	for i, r := range s {
		switch {
		case i == 0 && r == BlackFlag:
		case i == 0:
			return 0
		case r == tagEnd && n > 0:
			return i + len(string(tagEnd))
		case (r >= '\U000E0030' && r <= '\U000E0039' || r >= '\U000E0061' && r <= '\U000E007A') && n < maxFlag:
			n++
		default:
			return 0
		}
	}
	return 0
}
