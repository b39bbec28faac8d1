/** What ops tell a reader of a model's layers: their class, their cost, how far they reduce. */
package layertap.model.describe;
