/** How many orders wait, for how long, and who could take them. */
import { max, rate, series, sum } from "../promql.js";
import { type Row, WINDOW } from "./panel.js";

const perLane = ["depthmesh.stage", "depthmesh.lane"] as const;
const LANE = "{{depthmesh_stage}} {{depthmesh_lane}}";

export const QUEUE_ROW: Row = {
  title: "Queues and slots",
  panels: [
    {
      ...{ title: "Age of the oldest order", unit: "s" },
      description:
        "Of those that wait and those that are worked on. A long clip is long in encode.",
      queries: [
        { expression: max(series("depthmesh.orders.oldest_age"), ...perLane), legend: LANE },
      ],
      alerts: ["DepthmeshQueueOld", "DepthmeshHighLaneOld"],
    },
    {
      ...{ title: "Orders that wait", unit: "short", kind: "stacked" },
      description: "Orders that no worker has taken, by stage and lane.",
      queries: [{ expression: max(series("depthmesh.orders.pending"), ...perLane), legend: LANE }],
      alerts: ["DepthmeshStageWithoutWorkers", "DepthmeshStageSaturated"],
    },
    {
      ...{ title: "Orders delivered", unit: "short", kind: "stacked" },
      description: "Orders that a worker holds, or that wait for their next delivery.",
      queries: [
        { expression: max(series("depthmesh.orders.ack_pending"), ...perLane), legend: LANE },
      ],
      alerts: ["DepthmeshOrdersStuck"],
    },
    {
      ...{ title: "Slots", unit: "short", kind: "stacked" },
      description: "How many orders the workers of a stage can hold at once, and do.",
      queries: [
        {
          expression: sum(series("depthmesh.slots"), "depthmesh.stage", "depthmesh.slot.state"),
          legend: "{{depthmesh_stage}} {{depthmesh_slot_state}}",
        },
      ],
      alerts: ["DepthmeshStageSaturated", "DepthmeshStageWithoutWorkers"],
    },
    {
      ...{ title: "What became of orders", unit: "ops" },
      description: "Deliveries each second. Many that are busy or dropped are work for nothing.",
      queries: [
        {
          expression: sum(
            rate(series("messaging.client.consumed.messages"), WINDOW),
            ...(["messaging.destination.name", "depthmesh.order.outcome"] as const),
          ),
          legend: "{{messaging_destination_name}} {{depthmesh_order_outcome}}",
        },
      ],
    },
    {
      ...{ title: "Orders published", unit: "ops" },
      description: "Orders each second, by stage.",
      queries: [
        {
          expression: sum(
            rate(series("messaging.client.sent.messages"), WINDOW),
            "messaging.destination.name",
          ),
          legend: "{{messaging_destination_name}}",
        },
      ],
    },
  ],
};
