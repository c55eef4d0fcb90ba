package depthmesh

import (
	"errors"
	"io"
)

// chunkBytes is the most that one message of a file holds.
const chunkBytes = 256 * 1024

// Files are what a job is made from. Each is read to its end, or names a finished upload.
type Files struct {
	Photo    io.Reader
	DepthMap io.Reader
	Sound    io.Reader
	// `uploads/{upload}`, in place of the readers.
	PhotoUpload    string
	DepthMapUpload string
	SoundUpload    string
}

// eachChunk calls send with the bytes of a file, in pieces that fit into a message. An io.EOF of
// send means that the call has ended: its answer says why.
func eachChunk(file io.Reader, send func([]byte) error) error {
	if file == nil {
		return nil
	}
	buffer := make([]byte, chunkBytes)
	for {
		n, err := io.ReadFull(file, buffer)
		if n > 0 {
			if err := send(buffer[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
