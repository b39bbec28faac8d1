package layertap.spark.tfrecord;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import layertap.failure.InvalidRowException;
import layertap.input.record.ExampleColumn;
import layertap.input.record.ExampleColumn.MismatchException;
import layertap.input.record.FeatureKind;
import layertap.input.record.TfRecord;
import layertap.input.record.TfRecordReader;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.tensorflow.proto.SequenceExample;
import scala.collection.AbstractIterator;

/**
 * The rows of a file. A record that cannot be read is a row of nulls but for the column that says
 * why. Where a record does not hold what some columns want, only these are null: a read of fewer
 * columns, as of the keys alone, finds the same values. Closes the file at its end.
 */
final class ExampleRows extends AbstractIterator<InternalRow> implements AutoCloseable {
  private final String file;
  private final TfRecordReader records;

  /** One for each column, null for those that tell of the record. */
  private final List<ExampleColumn> columns;

  private final int reasonAt;
  private final int damagedAt;
  private final boolean isStrict;

  /**
   * Makes rows of records.
   *
   * @param file its name, for messages
   * @param records of the file, closed with these rows
   * @param isStrict whether it is a failure that a record cannot be read: no column can say why
   */
  ExampleRows(String file, TfRecordReader records, StructType schema, boolean isStrict) {
    this.file = file;
    this.records = records;
    this.columns = columns(schema);
    List<String> names = Arrays.asList(schema.fieldNames());
    this.reasonAt = names.indexOf(TfRecordFormat.UNREADABLE);
    this.damagedAt = names.indexOf(TfRecordFormat.DAMAGED);
    this.isStrict = isStrict;
  }

  /**
   * The features that columns ask for, null for those that tell of the record.
   *
   * @throws layertap.failure.UserException if a column is of a type that no feature has
   */
  static List<ExampleColumn> columns(StructType schema) {
    List<ExampleColumn> columns = new ArrayList<>();
    for (StructField field : schema.fields()) {
      boolean isOfRecord =
          field.name().equals(TfRecordFormat.UNREADABLE)
              || field.name().equals(TfRecordFormat.DAMAGED);
      columns.add(isOfRecord ? null : ExampleTypes.column(field));
    }
    return columns;
  }

  @Override
  public boolean hasNext() {
    if (records.hasNext()) {
      return true;
    }
    close();
    return false;
  }

  @Override
  public InternalRow next() {
    TfRecord record = records.next();
    if (record.damage() != null) {
      return unreadable(record, record.damage());
    }
    try {
      // An Example is a SequenceExample without lists: its features have the same number.
      return row(record, SequenceExample.parseFrom(record.data()));
    } catch (InvalidProtocolBufferException e) {
      return unreadable(record, "it is no Example or SequenceExample");
    }
  }

  private InternalRow row(TfRecord record, SequenceExample example) {
    Object[] values = new Object[columns.size()];
    String mismatch = null;
    for (int i = 0; i < values.length; i++) {
      ExampleColumn column = columns.get(i);
      try {
        values[i] = column == null ? null : ofSpark(column.of(example), column.kind());
      } catch (MismatchException e) {
        mismatch = mismatch == null ? e.getMessage() : mismatch;
      }
    }
    return withReason(values, mismatch == null ? null : reason(record, mismatch), false);
  }

  private InternalRow unreadable(TfRecord record, String what) {
    return withReason(new Object[columns.size()], reason(record, what), true);
  }

  private InternalRow withReason(Object[] values, String reason, boolean isDamaged) {
    if (reasonAt >= 0) {
      values[reasonAt] = UTF8String.fromString(reason);
    }
    if (damagedAt >= 0) {
      values[damagedAt] = isDamaged;
    }
    return new GenericInternalRow(values);
  }

  private String reason(TfRecord record, String what) {
    String reason = "%s: %s".formatted(file, record.complaint(what));
    if (isStrict) {
      throw new InvalidRowException(
          ("cannot read a record: %s; repair the file, or add the column %s string to the schema:"
                  + " such a record is then a row of nulls, and this column says why")
              .formatted(reason, TfRecordFormat.UNREADABLE));
    }
    return reason;
  }

  private static Object ofSpark(Object value, FeatureKind kind) {
    if (value instanceof long[] numbers) {
      return UnsafeArrayData.fromPrimitiveArray(numbers);
    }
    if (value instanceof float[] numbers) {
      return UnsafeArrayData.fromPrimitiveArray(numbers);
    }
    if (value instanceof byte[] bytes) {
      return kind == FeatureKind.TEXT ? UTF8String.fromBytes(bytes) : bytes;
    }
    return value instanceof Object[] values
        ? new GenericArrayData(Arrays.stream(values).map(each -> ofSpark(each, kind)).toArray())
        : value;
  }

  @Override
  public void close() {
    try {
      records.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + file, e);
    }
  }
}
