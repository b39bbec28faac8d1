/** From a configuration and a model to one immutable plan of an extraction. Needs no Spark. */
package layertap.plan;
