package layertap.spark.feed;

import java.util.List;
import layertap.failure.UserException;
import layertap.graph.TensorShape;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.PlannedFeed;
import layertap.spark.schema.NestedType;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.DataType;

/** Whether as many columns are joined as there are values in a row, or in a step of a sequence. */
public final class JoinedColumns {
  private JoinedColumns() {}

  /**
   * Goes on unless columns of one value each are fewer or more than the values that are fed: all
   * rows would be invalid.
   *
   * @param types of the columns of all feeds, one after the other
   * @throws UserException with both numbers
   */
  public static void require(List<PlannedFeed> feeds, List<DataType> types) {
    int start = 0;
    for (PlannedFeed feed : feeds) {
      int end = start + feed.columns().size();
      if (feed.columns().size() > 1) {
        require(feed, types.subList(start, end));
      }
      start = end;
    }
  }

  private static void require(PlannedFeed feed, List<DataType> types) {
    boolean isOfSteps = feed.conversion() instanceof FeedConversion.Sequence;
    int depth = isOfSteps ? 1 : 0;
    if (!feed.rowShape().isRankKnown() || !types.stream().allMatch(type -> isOf(depth, type))) {
      return;
    }
    List<Long> sizes = feed.rowShape().sizes();
    List<Long> filled = isOfSteps ? sizes.subList(1, sizes.size()) : sizes;
    long wanted = filled.stream().reduce(1L, (a, b) -> a * b);
    if (!filled.contains(TensorShape.UNKNOWN) && wanted != types.size()) {
      throw new UserException(
          "cannot feed the columns %s to %s: they are %s values, a %s has %s, of the shape %s; name a column for each value, in their order"
              .formatted(
                  feed.columnText(),
                  feed.target().text(),
                  types.size(),
                  isOfSteps ? "step" : "row",
                  wanted,
                  TensorShape.of(filled)));
    }
  }

  private static boolean isOf(int depth, DataType type) {
    NestedType nested = NestedType.of(type);
    return nested.depth() == depth && !nested.element().equals(SQLDataTypes.VectorType());
  }
}
