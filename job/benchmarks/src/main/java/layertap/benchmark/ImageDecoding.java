package layertap.benchmark;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import layertap.input.image.ImageConverter;
import layertap.input.image.ImageOptions;
import layertap.input.image.ImageOptions.Channels;
import layertap.input.image.ImageOptions.Fit;
import layertap.input.image.PixelScaling;
import layertap.input.image.Preprocessing;
import layertap.input.image.ResizeMethod;
import layertap.tensorflow.TensorFlowRuntime;
import layertap.tensorflow.TensorFlowSessions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.tensorflow.proto.DataType;

/**
 * An image of 500x375 into the pixels that a model takes: {@code ofModel} is resized to 224x224 and
 * scaled as for MobileNetV2, {@code ofImage} decoded alone; {@code javaImageIo} is Java's own
 * decoder, alone too.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ImageDecoding {
  private static final int WIDTH = 500;
  private static final int HEIGHT = 375;
  private static final int SIDE = 224;
  private static final int NOISE = 24;

  @Param({"jpg", "png"})
  public String format;

  private byte[] encoded;
  private ImageConverter ofModel;
  private ImageConverter ofImage;

  @Setup
  public void open() throws IOException {
    TensorFlowRuntime.start(1);
    encoded = encoded(format);
    ofModel = converter(List.of(SIDE, SIDE), Fit.STRETCH, Preprocessing.TF);
    ofImage = converter(List.of(), Fit.NONE, Preprocessing.NONE);
  }

  private static ImageConverter converter(
      List<Integer> size, Fit fit, Preprocessing preprocessing) {
    ImageOptions options =
        new ImageOptions(
            size,
            fit,
            ResizeMethod.BILINEAR,
            false,
            List.of(),
            Channels.RGB,
            preprocessing,
            PixelScaling.NONE,
            ImageOptions.DEFAULT_MAX_PIXELS,
            true);
    return ImageConverter.open(options, DataType.DT_FLOAT, new TensorFlowSessions());
  }

  /** Areas that change slowly, with noise: about as large a file as that of a photo. */
  private static byte[] encoded(String format) throws IOException {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(7);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        int red = shade(Math.sin(x / 40.0), random);
        int green = shade(Math.cos(y / 60.0), random);
        int blue = shade(Math.sin((x + y) / 90.0), random);
        image.setRGB(x, y, red << 16 | green << 8 | blue);
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    if (!ImageIO.write(image, format, bytes)) {
      throw new IllegalStateException("Java writes no " + format);
    }
    return bytes.toByteArray();
  }

  private static int shade(double wave, Random random) {
    return Math.min(255, Math.max(0, (int) (128 + 90 * wave) + random.nextInt(NOISE)));
  }

  @TearDown
  public void close() {
    ofModel.close();
    ofImage.close();
  }

  @Benchmark
  public Object ofModel() {
    return ofModel.convert(encoded);
  }

  @Benchmark
  public Object ofImage() {
    return ofImage.convert(encoded);
  }

  @Benchmark
  public Object javaImageIo() throws IOException {
    return ImageIO.read(new ByteArrayInputStream(encoded));
  }
}
