// Command convert makes a video of a photo in one call, and writes it while it is rendered:
//
//	go run ./examples/convert PHOTO VIDEO [ADDRESS]
//
// DEPTHMESH_KEY holds the API key, DEPTHMESH_CA a file with the authority of the server's
// certificate; both may be unset on a mesh of this host.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"

	"depthmesh.io/client"
	pb "depthmesh.io/client/gen/depthmeshv1"
)

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: convert PHOTO VIDEO [ADDRESS]")
	}
	address := "127.0.0.1:7410"
	if len(os.Args) > 3 {
		address = os.Args[3]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := convert(ctx, address, os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func convert(ctx context.Context, address, photoPath, videoPath string) error {
	var options []depthmesh.Option
	if ca := os.Getenv("DEPTHMESH_CA"); ca != "" {
		options = append(options, depthmesh.WithTLS(ca))
	}
	if key := os.Getenv("DEPTHMESH_KEY"); key != "" {
		options = append(options, depthmesh.WithKey(key))
	}
	client, err := depthmesh.Dial(address, options...)
	if err != nil {
		return err
	}
	defer client.Close()
	photo, err := os.Open(photoPath)
	if err != nil {
		return err
	}
	defer photo.Close()
	video, err := os.Create(videoPath)
	if err != nil {
		return err
	}
	seconds, side := 2.0, int32(640)
	spec := &pb.JobSpec{
		Camera: &pb.Camera{Preset: "orbital"},
		Clip:   &pb.Clip{DurationSeconds: &seconds, LongestSide: &side},
	}
	job, err := client.ConvertFile(ctx, spec, photo, video, func(progress *pb.JobProgress) {
		fmt.Printf("rendered %.0f %%\n", 100*progress.GetRender())
	})
	if err != nil {
		return err
	}
	for _, note := range job.GetNotes() {
		fmt.Println("note:", note.GetMessage())
	}
	fmt.Println(job.GetName(), "succeeded")
	return video.Close()
}
