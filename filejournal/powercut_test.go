package filejournal

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestPowerCutBlocks tries each set of blocks of the last group that may be on the disk, and several file lengths. No
// acknowledged entry is lost, and Open never fails.
func TestPowerCutBlocks(t *testing.T) {
	t.Parallel()
	for name, before := range journalsBefore(t) {
		for size, group := range map[int][]payneteasy.Entry{512: smallGroup(), 4096: largeGroup()} {
			t.Run(fmt.Sprintf("%s, %d", name, size), func(t *testing.T) {
				t.Parallel()
				c, dir := newPowerCut(t, before, group), t.TempDir()
				first := c.synced / size
				blocks := (len(c.content)-1)/size - first + 1
				require.Greater(t, blocks, 2)
				for there := range 1 << blocks { // a bit for each block
					left, length := bytes.Clone(c.content), c.synced
					for i := range blocks {
						begin := (first + i) * size
						if there>>i&1 == 0 {
							left = c.cleared(left, begin, begin+size)
						} else {
							length = min(begin+size, len(left))
						}
					}
					for _, length := range []int{length, len(left)} {
						c.checkFile(t, dir, left[:length],
							fmt.Sprintf("blocks %b of %d, %d bytes", there, blocks, length))
					}
				}
			})
		}
	}
}

// TestPowerCutBytes ends the last group at each byte, leaves a hole at each byte, and makes the file longer.
func TestPowerCutBytes(t *testing.T) {
	t.Parallel()
	states := journalsBefore(t)
	for _, name := range []string{"killed", "closed"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newPowerCut(t, states[name],
				[]payneteasy.Entry{longEntry("e", 2), longEntry("b", 0), longEntry("e", 0)})
			for begin := c.synced; begin <= len(c.content); begin++ {
				c.checkMemory(t, c.content[:begin], fmt.Sprintf("cut at %d", begin))
				longer := append(bytes.Clone(c.content[:begin]), make([]byte, 512)...)
				c.checkMemory(t, longer, fmt.Sprintf("zeros from %d on", begin))
				for _, end := range []int{begin + 1, begin + 300} {
					c.checkMemory(t, c.cleared(c.content, begin, end), fmt.Sprintf("zeros from %d to %d", begin, end))
				}
			}
		})
	}
}

// TestAcknowledgedDamage checks that Open refuses any damage to the part that is proved to be acknowledged.
func TestAcknowledgedDamage(t *testing.T) {
	t.Parallel()
	for name, content := range journalsBefore(t) {
		if len(content) == 0 || !bytes.HasSuffix(content, []byte("\n")) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			end := proved(content)
			require.Greater(t, end, 700)
			for at := range end {
				damaged := map[string][]byte{}
				for _, mask := range []byte{0x01, 0x20, 0x80} {
					flipped := bytes.Clone(content)
					flipped[at] ^= mask
					damaged[fmt.Sprintf("byte %d with %#x flipped", at, mask)] = flipped
				}
				for _, length := range []int{1, 2, 300, 512, end} {
					to := min(at+length, end)
					hole := bytes.Clone(content)
					clear(hole[at:to])
					damaged[fmt.Sprintf("zeros from %d to %d", at, to)] = hole
					damaged[fmt.Sprintf("nothing from %d to %d", at, to)] = append(bytes.Clone(content[:at]),
						content[to:]...)
				}
				for what, damaged := range damaged {
					disk := newMemoryDisk()
					disk.content["journal"] = bytes.Clone(damaged)
					_, err := open("journal", disk)
					if at < len(journalHeader) {
						require.ErrorContains(t, err, "payneteasy: journal journal: it begins with ", what)
						continue
					}
					var corrupt *CorruptError
					require.ErrorAs(t, err, &corrupt, what)
					require.Equal(t, "journal", corrupt.Path, what)
					require.Equal(t, lineAt(content, at), corrupt.Offsets[0], what)
					require.Equal(t, map[string][]byte{"journal": damaged}, disk.content, what)
				}
			}
		})
	}
}
