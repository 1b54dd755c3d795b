/** Pipelines and their stages: default ids are words or small numbers, others are numbers or UUIDs. */
import type { Json } from "./types.ts";

export interface Stage {
  readonly id: string;
  readonly label: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Pipeline {
  readonly id: string;
  readonly label: string;
  readonly stages: readonly Stage[];
}

const deal = (id: string, label: string, probability: string, isClosed = false): Stage => ({
  id,
  label,
  metadata: { isClosed: String(isClosed), probability },
});
const state = (id: string, label: string, ticketState: "OPEN" | "CLOSED"): Stage => ({
  id,
  label,
  metadata: { isClosed: String(ticketState === "CLOSED"), ticketState },
});
const lead = (id: string, label: string, leadState: string): Stage => ({
  id,
  label,
  metadata: { isClosed: String(leadState === "QUALIFIED" || leadState === "UNQUALIFIED"), leadState },
});
const own = (id: string, label: string): Stage => ({ id, label, metadata: {} });

/** The same label in several pipelines is another stage each time; some labels say nothing a mapping could know. */
export const PIPELINES: Readonly<Record<string, readonly Pipeline[]>> = {
  deals: [
    {
      id: "default",
      label: "Sales Pipeline",
      stages: [
        deal("appointmentscheduled", "Appointment Scheduled", "0.2"),
        deal("qualifiedtobuy", "Qualified To Buy", "0.4"),
        deal("presentationscheduled", "Presentation Scheduled", "0.6"),
        deal("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
        deal("contractsent", "Contract Sent", "0.9"),
        deal("closedwon", "Closed Won", "1.0", true),
        deal("closedlost", "Closed Lost", "0.0", true),
      ],
    },
    {
      id: "75e28846-ad0d-4be2-a027-5e1da6590b98",
      label: "Renewals",
      stages: [
        deal("12096411", "Renewal due", "0.5"),
        deal("12096412", "Negotiating", "0.75"),
        deal("12096413", "Closed Won", "1.0", true),
        deal("12096414", "Closed Lost", "0.0", true),
      ],
    },
    {
      id: "31415926",
      label: "Partner Deals – EMEA",
      stages: [
        deal("0f6b6c34-3fd0-4f5c-9b0f-2f0a3a1d7e11", "Registriert", "0.1"),
        deal("a3c4b1f2-77aa-4f0e-8d2b-6f3b0e2f9c22", "On ice ❄", "0.35"),
        deal("b7d1e0c9-12de-4a36-9c1e-0f9c7c3b5d33", "Legal review; final", "0.85"),
        deal("c9e2f1da-90ab-4c2d-8e7f-1a2b3c4d5e44", "Signed", "1.0", true),
        deal("d0f3a2eb-45cd-4e8f-a0b1-2c3d4e5f6a55", "Dropped", "0.0", true),
      ],
    },
  ],
  tickets: [
    {
      id: "0",
      label: "Support Pipeline",
      stages: [
        state("1", "New", "OPEN"),
        state("2", "Waiting on contact", "OPEN"),
        state("3", "Waiting on us", "OPEN"),
        state("4", "Closed", "CLOSED"),
      ],
    },
    {
      id: "27182818",
      label: "Returns",
      stages: [
        state("55110001", "Announced", "OPEN"),
        state("55110002", "At the warehouse", "OPEN"),
        state("55110003", "Refunded", "CLOSED"),
      ],
    },
  ],
  leads: [
    {
      id: "lead-pipeline-id",
      label: "Lead pipeline",
      stages: [
        lead("new-stage-id", "New", "NEW"),
        lead("attempting-stage-id", "Attempting", "IN_PROGRESS"),
        lead("connected-stage-id", "Connected", "IN_PROGRESS"),
        lead("qualified-stage-id", "Qualified", "QUALIFIED"),
        lead("unqualified-stage-id", "Disqualified", "UNQUALIFIED"),
      ],
    },
  ],
  car: [
    {
      id: "9b2f7d3e-8f7d-4b7e-9a55-3d2c1b0a9f01",
      label: "Car life",
      stages: [own("61200001", "Ordered"), own("61200002", "On the road"), own("61200003", "Sold")],
    },
  ],
};

/** As the pipelines API answers them. */
export const asAnswer = (pipelines: readonly Pipeline[]): readonly Json[] =>
  pipelines.map((pipeline, order) => ({
    label: pipeline.label,
    displayOrder: order,
    id: pipeline.id,
    stages: pipeline.stages.map((stage, at) => ({
      label: stage.label,
      displayOrder: at,
      metadata: stage.metadata,
      id: stage.id,
      createdAt: order === 0 ? "1970-01-01T00:00:00Z" : "2024-02-14T08:21:45.812Z",
      updatedAt: "2024-02-14T08:21:45.812Z",
      archived: false,
      writePermissions: "CRM_PERMISSIONS_ENFORCEMENT",
    })),
    createdAt: order === 0 ? "1970-01-01T00:00:00Z" : "2024-02-14T08:21:45.812Z",
    updatedAt: "2024-02-14T08:21:45.812Z",
    archived: false,
  }));
