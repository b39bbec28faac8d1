package layertap.benchmark;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.encoders.ExpressionEncoder;
import org.apache.spark.sql.execution.datasources.parquet.ParquetWriteSupport;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** Rows of one column {@code x}, written to Parquet by Spark's writer, to no place. */
final class ParquetRows {
  private final StructType schema;
  private final List<Row> rows;
  private final ExpressionEncoder.Serializer<Row> serializer;

  ParquetRows(DataType type, List<Row> rows) {
    this.schema = SparkRows.schema(type);
    this.rows = List.copyOf(rows);
    this.serializer = SparkRows.serializer(schema);
  }

  /** Writes a file with all rows; returns its bytes. */
  long write() throws IOException {
    Counter counter = new Counter();
    try (ParquetWriter<InternalRow> writer = new Builder(counter, schema).build()) {
      for (Row row : rows) {
        writer.write(serializer.apply(row));
      }
    }
    return counter.bytes;
  }

  private static final class Builder extends ParquetWriter.Builder<InternalRow, Builder> {
    private final StructType schema;

    Builder(OutputFile file, StructType schema) {
      super(file);
      this.schema = schema;
      Configuration configuration = new Configuration(false);
      configuration.set("spark.sql.parquet.writeLegacyFormat", "false");
      configuration.set("spark.sql.parquet.outputTimestampType", "INT96");
      configuration.set("spark.sql.parquet.fieldId.write.enabled", "false");
      configuration.set("spark.sql.parquet.variant.annotateLogicalType.enabled", "false");
      withConf(configuration);
      withCompressionCodec(CompressionCodecName.ZSTD);
      withDictionaryEncoding(false);
    }

    @Override
    protected Builder self() {
      return this;
    }

    /** Abstract in Parquet, though deprecated. */
    @Override
    @SuppressWarnings("deprecation")
    protected WriteSupport<InternalRow> getWriteSupport(Configuration configuration) {
      ParquetWriteSupport.setSchema(schema, configuration);
      return new ParquetWriteSupport();
    }
  }

  /** A file that counts what is written. */
  private static final class Counter extends PositionOutputStream implements OutputFile {
    private long bytes;

    @Override
    public PositionOutputStream create(long blockSize) {
      return this;
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSize) {
      return this;
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return 0;
    }

    @Override
    public long getPos() {
      return bytes;
    }

    @Override
    public void write(int value) {
      bytes++;
    }

    @Override
    public void write(byte[] source, int offset, int length) {
      bytes += length;
    }
  }
}
