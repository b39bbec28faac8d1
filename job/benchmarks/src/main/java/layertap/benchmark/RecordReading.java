package layertap.benchmark;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import layertap.input.record.ExampleColumn;
import layertap.input.record.ExampleColumn.MismatchException;
import layertap.input.record.FeatureKind;
import layertap.input.record.TfRecordReader;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import org.tensorflow.proto.BytesList;
import org.tensorflow.proto.Example;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.Features;
import org.tensorflow.proto.FloatList;
import org.tensorflow.proto.SequenceExample;

/**
 * TFRecord files of Examples with a photo's bytes and an embedding of 1,280 numbers, in memory:
 * {@code records} finds the records and checks their sums, {@code columns} makes columns of them as
 * a job does, {@code boxed} an object of each number.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RecordReading {
  private static final int PHOTO_BYTES = 40_000;
  private static final int NUMBERS = 1280;
  private static final int MASK_DELTA = 0xa282ead8;
  private static final List<ExampleColumn> COLUMNS =
      List.of(
          new ExampleColumn("photo", FeatureKind.BYTES, 0),
          new ExampleColumn("embedding", FeatureKind.FLOAT, 1));

  @Param("64")
  public int records;

  private byte[] file;

  @Setup
  public void write() throws IOException {
    FloatList.Builder numbers = FloatList.newBuilder();
    for (float value : Values.floats(NUMBERS)) {
      numbers.addValue(value);
    }
    BytesList photo =
        BytesList.newBuilder().addValue(ByteString.copyFrom(new byte[PHOTO_BYTES])).build();
    Features features =
        Features.newBuilder()
            .putFeature("photo", Feature.newBuilder().setBytesList(photo).build())
            .putFeature("embedding", Feature.newBuilder().setFloatList(numbers).build())
            .build();
    byte[] example = Example.newBuilder().setFeatures(features).build().toByteArray();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < records; i++) {
      byte[] length = bytes(Long.BYTES).putLong(example.length).array();
      bytes.write(length);
      bytes.write(sum(length));
      bytes.write(example);
      bytes.write(sum(example));
    }
    file = bytes.toByteArray();
  }

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] sum(byte[] bytes) {
    CRC32C sum = new CRC32C();
    sum.update(bytes);
    return bytes(Integer.BYTES)
        .putInt(Integer.rotateRight((int) sum.getValue(), 15) + MASK_DELTA)
        .array();
  }

  /** Takes what a record holds. */
  private interface Taker {
    void take(byte[] data) throws InvalidProtocolBufferException, MismatchException;
  }

  private void each(Taker taker) throws IOException, MismatchException {
    int count = 0;
    try (TfRecordReader reader = new TfRecordReader(new ByteArrayInputStream(file))) {
      while (reader.hasNext()) {
        taker.take(reader.next().data());
        count++;
      }
    }
    if (count != records) {
      throw new IllegalStateException("%s records of %s".formatted(count, records));
    }
  }

  @Benchmark
  public void records(Blackhole taken) throws IOException, MismatchException {
    each(taken::consume);
  }

  @Benchmark
  public void columns(Blackhole taken) throws IOException, MismatchException {
    each(
        data -> {
          SequenceExample example = SequenceExample.parseFrom(data);
          for (ExampleColumn column : COLUMNS) {
            taken.consume(column.of(example));
          }
        });
  }

  @Benchmark
  public void boxed(Blackhole taken) throws IOException, MismatchException {
    each(
        data -> {
          Features features = Example.parseFrom(data).getFeatures();
          taken.consume(
              features.getFeatureOrThrow("photo").getBytesList().getValue(0).toByteArray());
          taken.consume(
              new ArrayList<>(
                  features.getFeatureOrThrow("embedding").getFloatList().getValueList()));
        });
  }
}
