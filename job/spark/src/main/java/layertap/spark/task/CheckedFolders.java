package layertap.spark.task;

import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import layertap.failure.UserException;
import layertap.spark.schema.PartitionFolders;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.CollectionAccumulator;

/**
 * Maps a partition whose rows go to folders by their values, and checks that each value can be read
 * from its folder's name.
 *
 * @param nulls columns with nulls, as tasks found them
 * @param empties columns with empty texts, which have the same folder
 */
public record CheckedFolders(
    MapPartitionsFunction<Row, Row> function,
    PartitionFolders folders,
    CollectionAccumulator<String> nulls,
    CollectionAccumulator<String> empties)
    implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  /** The function with its checks. */
  public static CheckedFolders of(
      MapPartitionsFunction<Row, Row> function, PartitionFolders folders, SparkContext spark) {
    CollectionAccumulator<String> nulls = new CollectionAccumulator<>();
    CollectionAccumulator<String> empties = new CollectionAccumulator<>();
    spark.register(nulls);
    spark.register(empties);
    return new CheckedFolders(function, folders, nulls, empties);
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) throws Exception {
    Iterator<Row> mapped = function.call(rows);
    Set<String> seenNulls = new HashSet<>();
    Set<String> seenEmpties = new HashSet<>();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return mapped.hasNext();
      }

      @Override
      public Row next() {
        Row row = mapped.next();
        folders.require(row);
        for (PartitionFolders.Column column : folders.columns()) {
          Object value = row.get(column.position());
          if (value == null && seenNulls.add(column.name())) {
            nulls.add(column.name());
          } else if (PartitionFolders.isEmptyText(column, value)
              && seenEmpties.add(column.name())) {
            empties.add(column.name());
          }
        }
        return row;
      }
    };
  }

  /**
   * On the driver, after tasks: goes on only if no folder holds both nulls and empty texts.
   *
   * @throws UserException if one does
   */
  public void requireNoMixture() {
    for (String column : nulls.value()) {
      if (empties.value().contains(column)) {
        throw new UserException(
            ("cannot split the output by '%s': it is null in some rows and empty in others, which "
                    + "have the same folder; set input.select { %s = \"nullif(%s, '')\" }")
                .formatted(column, column, column));
      }
    }
  }
}
